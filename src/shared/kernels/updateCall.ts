/**
 * One call of an update kernel: places are float32 offsets in the arena. What changes from step to step may be written
 * into a call that is kept.
 */
export interface UpdateCall {
  readonly parameters: number;
  gradient: number;
  /** One offset per vector of the kernel; −1 for one that is not kept. */
  readonly vectors: readonly number[];
  /** Elements [from, to) of the flat vector. */
  readonly from: number;
  readonly to: number;
  /** The gradient is multiplied by it, */
  gradientScale: number;
  /** then clipped to ± this; Infinity where it is not. */
  readonly clip: number;
  /** The share that each weight loses before its update: decoupled weight decay. */
  weightLoss: number;
  scalars: readonly number[];
}

/** What a sum over elements adds up: x² or |x|. */
export const sumTerms = ['squares', 'absolutes'] as const;
export type SumTerm = (typeof sumTerms)[number];
