import type { Counted, CountPlace, CurveCounts, MeasureForm, Rate } from '../../../shared/program/measures.js';
import { ratio, sum } from './ratio.js';

/** Values from counts of what was rightly found, wrongly found, missed and rightly left; `keras/src/metrics/`. */

/** The counts of one class. */
interface Counts {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
  readonly left: number;
}

function countsAt(totals: readonly number[], { at, classes }: CountPlace): Counts {
  const [right, wrong, missed, left] = [0, 1, 2, 3].map((block) => totals[at + block * classes]);
  return { right, wrong, missed, left };
}

export function counted(totals: readonly number[], what: Counted, place: CountPlace): number {
  const counts = countsAt(totals, place);
  return what === 'precision' || what === 'recall' ? rateOf(counts, what) : counts[what];
}

function rateOf({ right, wrong, missed, left }: Counts, rate: Rate): number {
  if (rate === 'precision') return ratio(right, right + wrong);
  return rate === 'recall' ? ratio(right, right + missed) : ratio(left, left + wrong);
}

/** Keras's epsilon, which keeps parts from 0 / 0. */
const EPSILON = 1e-7;

/** The weighted harmonic mean of precision and recall of each class, averaged; `f_score_metrics.py`. */
export function fBeta(totals: readonly number[], form: Extract<MeasureForm, { kind: 'fBeta' }>): number {
  const classes = totals.length / 4;
  const square = form.beta ** 2;
  const scores = Array.from({ length: classes }, (_, at) => {
    const { right, wrong, missed } = countsAt(totals, { at, classes });
    const precision = right / (right + wrong + EPSILON);
    const recall = right / (right + missed + EPSILON);
    const mean = (precision * recall) / (square * precision + recall + EPSILON);
    return { score: mean * (1 + square), size: right + missed };
  });
  if (form.average === null) return scores[form.only].score;
  if (form.average !== 'weighted') return sum(scores.map(({ score }) => score)) / classes;
  const sizes = sum(scores.map(({ size }) => size));
  return sum(scores.map(({ score, size }) => score * (size / (sizes + EPSILON))));
}

/** Intersection over union of classes, averaged over those that are there; `iou_metrics.py`. */
export function overlap(
  totals: readonly number[],
  { classes, binary }: Extract<MeasureForm, { kind: 'overlap' }>,
): number {
  const all = binary ? 1 : totals.length / 4;
  const parts = classes.map((number) => {
    const { right, wrong, missed, left } = countsAt(totals, { at: binary ? 0 : number, classes: all });
    const common = binary && number === 0 ? left : right;
    return { common, whole: common + wrong + missed };
  });
  const there = parts.filter(({ whole }) => whole > 1e-9);
  return sum(there.map(({ common, whole }) => common / (whole + EPSILON))) / (there.length + EPSILON);
}

/** The counts at each threshold of one label, from the lowest threshold on. */
export function curveOf(totals: readonly number[], { from, labels, ends }: CurveCounts, label: number): Counts[] {
  if (from === 'buckets') {
    const size = totals.length / labels;
    return fromBuckets(totals.slice(label * size, (label + 1) * size));
  }
  const thresholds = totals.length / (4 * labels);
  const inner = Array.from({ length: thresholds }, (_, i) =>
    countsAt(totals, { at: 4 * labels * i + label, classes: labels }),
  );
  if (!ends) return inner;
  const { right, wrong, missed, left } = inner[0];
  const [wanted, others] = [right + missed, wrong + left];
  const all = { right: wanted, wrong: others, missed: 0, left: 0 };
  return [all, ...inner, { right: 0, wrong: 0, missed: wanted, left: others }];
}

/** Threshold number i counts as found what lies in bucket i and above. */
function fromBuckets(counts: readonly number[]): Counts[] {
  const buckets = counts.length / 2;
  const right = fromTheEnd(counts.slice(0, buckets));
  const wrong = fromTheEnd(counts.slice(buckets));
  return right.map((found, i) => ({
    right: found,
    wrong: wrong[i],
    missed: right[0] - found,
    left: wrong[0] - wrong[i],
  }));
}

/** Sums of each number and all behind it. */
function fromTheEnd(counts: readonly number[]): number[] {
  let total = 0;
  return counts
    .toReversed()
    .map((count) => (total += count))
    .reverse();
}

/** The most of a rate where another is at least the value; 0 where it never is. `confusion_metrics.py`. */
export function best(totals: readonly number[], form: Extract<MeasureForm, { kind: 'best' }>): number {
  const points = curveOf(totals, form.curves, form.label);
  const feasible = points.filter((counts) => rateOf(counts, form.where) >= form.value);
  return Math.max(0, ...feasible.map((counts) => rateOf(counts, form.of)));
}
