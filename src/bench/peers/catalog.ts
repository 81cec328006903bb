import type { Workload } from '../workloads.js';

export const peerNames = ['torch', 'jax', 'keras'] as const;
export type PeerName = (typeof peerNames)[number];

/** One way to run a peer. */
export interface PeerSetting {
  readonly peer: PeerName;
  readonly setting: string;
  readonly threads: number;
}

interface CatalogEntry {
  readonly peer: PeerName;
  readonly setting: string;
  /** With each of the numbers of threads, or with the largest alone. */
  readonly threads: 'each' | 'most';
  /** Only for models of images, or only for others; for all when absent. */
  readonly images?: boolean;
}

/** Every way that has a chance to be a peer's best on one of the workloads; the fastest is what counts. */
const catalog: readonly CatalogEntry[] = [
  { peer: 'torch', setting: 'eager', threads: 'each' },
  { peer: 'torch', setting: 'eager-passive', threads: 'most' },
  { peer: 'torch', setting: 'eager-nchw', threads: 'most', images: true },
  { peer: 'torch', setting: 'compile', threads: 'most' },
  { peer: 'jax', setting: 'step', threads: 'each' },
  // XLA runs convolutions inside a loop on a slow path: seconds a step.
  { peer: 'jax', setting: 'scan', threads: 'most', images: false },
  { peer: 'keras', setting: 'fit', threads: 'each' },
  { peer: 'keras', setting: 'fit-jit', threads: 'most' },
];

/** How the chosen peers run a workload, each with the given numbers of threads. */
export function peerSettings(
  workload: Workload,
  peers: readonly PeerName[],
  threads: readonly number[],
): PeerSetting[] {
  const images = (workload.layers[0].inputShape as readonly number[]).length === 3;
  const most = [Math.max(...threads)];
  return catalog
    .filter((entry) => peers.includes(entry.peer) && (entry.images ?? images) === images)
    .flatMap(({ peer, setting, threads: which }) =>
      (which === 'each' ? threads : most).map((count) => ({ peer, setting, threads: count })),
    );
}
