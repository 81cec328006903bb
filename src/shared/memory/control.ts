/**
 * The control words at the head of the arena: Int32 slots, each on a cache line of its own. All are read and written
 * with Atomics, which order every plain store before them.
 */
const LINE = 16;

export const control = {
  /** 1: leave at once. Written by a failing rank or the coordinator; read by every wait. */
  abort: 0 * LINE,
  /** 1: end after the step in progress. Written by the coordinator, read by rank 0 alone. */
  stop: 1 * LINE,
  /** 1: this step is the last. Written by rank 0 before the barrier that ends the backward pass, read by all after it. */
  lastStep: 2 * LINE,
  /**
   * 1: the update of this step is of a gradient, or has made a weight, that is not finite. Written by the rank that has
   * the slice before the barrier that ends the step, read by all after it; set back before the next command.
   */
  spoilt: 5 * LINE,
  /** Ranks that have arrived at the barrier. Written by ranks inside `Barrier`. */
  arrived: 3 * LINE,
  /** Barriers passed so far. Written by the last rank to arrive, awaited by the others. */
  generation: 4 * LINE,
} as const;

/** Length of the control region in Int32 words. */
export const CONTROL_WORDS = 6 * LINE;

/**
 * What a rank is doing; its position is the value in the rank's status line. `copy` is its share of the state that a
 * checkpoint is made of, `write` what the checkpoint thread does with it.
 */
export const phases = [
  'idle',
  'attach',
  'gather',
  'forward',
  'backward',
  'sync',
  'wait',
  'reduce',
  'update',
  'output',
  'snapshot',
  'copy',
  'write',
] as const;
export type Phase = (typeof phases)[number];

/**
 * A rank's status line in Int32 words, written by that rank alone: what an error report names. `beats` counts the phases
 * it has entered, which tells the coordinator a rank that gets on from one that stalls.
 */
export const status = { phase: 0, step: 1, beats: 2 } as const;
export const STATUS_WORDS = LINE;
