import type { ArenaLayout } from '../../shared/memory/arena.js';
import type { Footprint } from './footprint.js';

/** A part of the memory that a process has at its peak. */
export interface PartOfPeak {
  readonly part: 'Node and the library' | 'ranks' | 'kernels' | 'arena' | 'snapshots' | 'initial weights';
  readonly bytes: number;
}

const MB = 1e6;

// Fitted to `lockstep bench memory`, which shows how far off they are; Node 20 on Linux.
const PROCESS = 113 * MB;
/** A thread with its heap and its code. */
const RANK = 13.5 * MB;

interface Peak {
  readonly layout: ArenaLayout;
  readonly workers: number;
  readonly parameterBytes: number;
  readonly footprint: Footprint;
}

/**
 * The most bytes that are resident at once while a model is trained by kernels, part by part, without its data. Snapshots
 * stand in two places, each of which holds parameters and moments.
 */
export function peakMemory({ layout, workers, parameterBytes, footprint }: Peak): PartOfPeak[] {
  const { parameters, moments } = layout.regions;
  return [
    { part: 'Node and the library', bytes: PROCESS },
    { part: 'ranks', bytes: workers * RANK },
    { part: 'kernels', bytes: workers * footprint.ofRank },
    { part: 'arena', bytes: layout.byteLength - footprint.untouched },
    { part: 'snapshots', bytes: 2 * (parameters.byteLength + moments.byteLength) },
    { part: 'initial weights', bytes: parameterBytes },
  ];
}
