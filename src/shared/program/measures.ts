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

/** Totals of `classes` classes in four blocks, from number `at` on: rightly found, wrongly found, missed, rightly left. */
export interface CountPlace {
  readonly at: number;
  readonly classes: number;
}

/** What counts of a class become: a share, or one of the counts. */
export type Counted = 'precision' | 'recall' | 'right' | 'wrong' | 'missed' | 'left';

export type Rate = 'precision' | 'recall' | 'specificity';

/**
 * Where the counts at each threshold come from: `buckets`, of each label a histogram of its positives, then of its negatives;
 * `thresholds`, at each threshold counts of all labels in four blocks. `ends`: with one threshold below all and one above.
 */
export interface CurveCounts {
  readonly from: 'buckets' | 'thresholds';
  readonly labels: number;
  readonly ends: boolean;
}

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
  /** From the counts of one class. */
  | ({ readonly kind: 'counted'; readonly what: Counted } & CountPlace)
  /** From the counts of each class; of `only` one class where it is not averaged. */
  | {
      readonly kind: 'fBeta';
      readonly average: 'micro' | 'macro' | 'weighted' | null;
      readonly beta: number;
      readonly only: number;
    }
  /** From the curves of labels, whose areas are averaged, by `weights` where there are some. */
  | {
      readonly kind: 'auc';
      readonly curve: 'ROC' | 'PR' | 'PRGAIN';
      readonly summation: 'interpolation' | 'minoring' | 'majoring';
      readonly curves: CurveCounts;
      readonly weights: readonly number[];
    }
  /** The most of one rate where another is at least `value`, over the thresholds of label `label`. */
  | {
      readonly kind: 'best';
      readonly of: Rate;
      readonly where: Rate;
      readonly value: number;
      readonly curves: CurveCounts;
      readonly label: number;
    }
  /** The mean over classes that are there of found and wanted over found or wanted; `binary`: of classes 0 and 1 of one count. */
  | { readonly kind: 'overlap'; readonly classes: readonly number[]; readonly binary: boolean }
  /** From Σ weight, then the mean of t, Σ (t − mean)² and Σ (t − p)² of each output: `joinMoments` adds such up. */
  | { readonly kind: 'r2'; readonly weighted: boolean };
