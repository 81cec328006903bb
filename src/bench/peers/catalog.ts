import { fileURLToPath } from 'node:url';
import { flopsPerStep } from '../flops.js';
import type { Workload } from '../workloads.js';

export const peerNames = ['torch', 'ddp', 'jax', 'keras', 'tfjs'] as const;
export type PeerName = (typeof peerNames)[number];

/** One way to run a peer. */
export interface PeerSetting {
  readonly peer: PeerName;
  readonly setting: string;
  readonly threads: number;
}

/** A JavaScript file that is a peer; the others are Python scripts of the folder bench/peers. */
const modules: Partial<Record<PeerName, string>> = { tfjs: fileURLToPath(new URL('./tfjsPeer.js', import.meta.url)) };

/** The file of a peer that runs on this Node; undefined for those that need Python. */
export function moduleOf(peer: PeerName): string | undefined {
  return modules[peer];
}

interface CatalogEntry {
  readonly peer: PeerName;
  readonly setting: string;
  /** With each of the numbers of threads, with the largest alone, or always one. */
  readonly threads: 'each' | 'most' | 'one';
  /** Only for models of images, or only for others; for all when absent. */
  readonly images?: boolean;
  /** GFLOP/s it reaches, roughly, where that is so little that a round may take minutes. */
  readonly gigaflops?: number;
}

/** Every way that has a chance to be a peer's best on one of the workloads; the fastest is what counts. */
const catalog: readonly CatalogEntry[] = [
  { peer: 'torch', setting: 'eager', threads: 'each' },
  { peer: 'torch', setting: 'eager-passive', threads: 'most' },
  { peer: 'torch', setting: 'eager-nchw', threads: 'most', images: true },
  { peer: 'torch', setting: 'compile', threads: 'most' },
  // A process for each thread.
  { peer: 'ddp', setting: 'gloo', threads: 'most' },
  { peer: 'jax', setting: 'step', threads: 'each' },
  // XLA runs convolutions inside a loop on a slow path: seconds a step.
  { peer: 'jax', setting: 'scan', threads: 'most', images: false },
  { peer: 'keras', setting: 'fit', threads: 'each' },
  { peer: 'keras', setting: 'fit-jit', threads: 'most' },
  { peer: 'tfjs', setting: 'tensorflow', threads: 'each' },
  { peer: 'tfjs', setting: 'wasm', threads: 'most', gigaflops: 4 },
  { peer: 'tfjs', setting: 'cpu', threads: 'one', gigaflops: 0.3 },
];

/** Nobody waits longer for a round. */
const MOST_SECONDS = 60;

/**
 * How the chosen peers run a workload, each with the given numbers of threads; `tooSlow` says of which a round would
 * take longer than `mostSeconds`.
 */
export function peerSettings(
  workload: Pick<Workload, 'layers' | 'batchSize' | 'steps'>,
  peers: readonly PeerName[],
  threads: readonly number[],
  mostSeconds: number = MOST_SECONDS,
): (PeerSetting & { readonly tooSlow?: string })[] {
  const images = (workload.layers[0].inputShape as readonly number[]).length === 3;
  const counts = { each: threads, most: [Math.max(...threads)], one: [1] };
  return catalog
    .filter((entry) => peers.includes(entry.peer) && (entry.images ?? images) === images)
    .flatMap(({ peer, setting, threads: which, gigaflops }) => {
      const slowness = slownessOf(workload, mostSeconds, gigaflops);
      return counts[which].map((count) => ({ peer, setting, threads: count, ...slowness }));
    });
}

function slownessOf(
  { layers, batchSize, steps }: Pick<Workload, 'layers' | 'batchSize' | 'steps'>,
  mostSeconds: number,
  gigaflops?: number,
): { tooSlow?: string } {
  if (gigaflops === undefined) return {};
  const seconds = (flopsPerStep(layers, batchSize) * steps) / 1e9 / gigaflops;
  if (seconds <= mostSeconds) return {};
  return { tooSlow: `a round of ${steps} steps would take about ${Math.round(seconds)} s` };
}
