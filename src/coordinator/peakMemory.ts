import type { ArenaLayout } from '../shared/arena.js';

/** A part of the memory that a process has at its peak. */
export interface PartOfPeak {
  readonly part: 'Node and the library' | 'ranks' | 'arena' | 'snapshots' | 'initial weights';
  readonly bytes: number;
}

const MB = 1e6;

// Fitted to `lockstep bench memory`, which shows how far off they are; Node 20 on Linux.
const PROCESS = 120 * MB;
/** A thread with its heap, its code and the buffers of its kernels. */
const RANK = 13.5 * MB;
/** The weights that training began with, and those of the TensorFlow.js model. */
const COPIES_OF_WEIGHTS = 2;

interface Peak {
  readonly layout: ArenaLayout;
  readonly workers: number;
  readonly parameterBytes: number;
}

/**
 * The most bytes that are resident at once while a model is trained by kernels, part by part, without its data. Snapshots
 * stand in two places, each of which holds parameters and moments.
 */
export function peakMemory({ layout, workers, parameterBytes }: Peak): PartOfPeak[] {
  const { parameters, moments } = layout.regions;
  return [
    { part: 'Node and the library', bytes: PROCESS },
    { part: 'ranks', bytes: workers * RANK },
    { part: 'arena', bytes: layout.byteLength },
    { part: 'snapshots', bytes: 2 * (parameters.byteLength + moments.byteLength) },
    { part: 'initial weights', bytes: COPIES_OF_WEIGHTS * parameterBytes },
  ];
}
