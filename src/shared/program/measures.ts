/**
 * One value of the logs: the totals it is made from, and in which form. Totals are numbers that `addTotals` adds up over
 * batches; the first of them is the number of rows, the others are the first sums of the program.
 */
export interface Measure {
  readonly name: string;
  readonly form: MeasureForm;
  /** The first of its totals, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** The total of the weights that its rows have; 0, the number of rows, where each counts once. */
  readonly weight: number;
  /** Whether the smaller value is the better one or the larger; absent where only the user knows. */
  readonly direction?: Direction;
}

/** The total that is the number of rows. */
export const ROWS = 0;

export type Direction = 'min' | 'max';

/** How totals become a value; coordinator/compiler/metrics.ts has a function for each. */
export type MeasureForm =
  /** Means of other totals, each times a factor, added up. */
  | {
      readonly kind: 'sum';
      readonly parts: readonly { readonly first: number; readonly weight: number; readonly factor: number }[];
    }
  /** The total over the weights, times `scale`. */
  | { readonly kind: 'mean'; readonly scale: number }
  | { readonly kind: 'root' }
  /** From three totals: rightly found, wrongly found, missed. */
  | { readonly kind: 'precision' }
  | { readonly kind: 'recall' }
  /** From three totals a class. */
  | { readonly kind: 'f1'; readonly average: 'micro' | 'macro' | 'weighted' }
  /** From a histogram of the positives, then one of the negatives. */
  | { readonly kind: 'auc'; readonly curve: 'ROC' | 'PR' }
  /** From Σ weight, then the mean of t, Σ (t − mean)² and Σ (t − p)² of each output: `joinMoments` adds such up. */
  | { readonly kind: 'r2'; readonly weighted: boolean };
