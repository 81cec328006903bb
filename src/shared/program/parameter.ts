/** What training asks of a weight beside its gradient. */
export interface WeightRules {
  readonly penalty?: WeightPenalty;
  readonly constraint?: WeightConstraint;
}

/** A regularizer: the loss has l1 · Σ|w| + l2 · Σw² more. */
export interface WeightPenalty {
  readonly l1: number;
  readonly l2: number;
}

/**
 * Where a weight must lie after each update. `norm`: of the weight as (outer, reduced, inner), each vector along the
 * middle has its length moved into [min, max], by the share `rate` of the way.
 */
export type WeightConstraint =
  | { readonly kind: 'nonNegative' }
  | {
      readonly kind: 'norm';
      readonly min: number;
      readonly max: number;
      readonly rate: number;
      readonly reduced: number;
      readonly inner: number;
    };

/** A weight in the flat parameter vector. */
export interface Parameter extends WeightRules {
  /** As TensorFlow.js names it: `dense_Dense1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Offset in the flat parameter vector, in elements; a multiple of 16. */
  readonly offset: number;
  readonly size: number;
  /** No loss depends on it, but for copies: nothing writes its own gradient. */
  readonly unreached?: true;
}
