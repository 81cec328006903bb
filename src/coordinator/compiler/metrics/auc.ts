import { ratio } from './ratio.js';

/**
 * Area under the curve that the thresholds of a histogram draw: `counts` holds the positives of each bucket, then the
 * negatives. Threshold number i counts as found what lies in bucket i and above. `keras/src/metrics/confusion_metrics.py`.
 */
export function areaUnderCurve(counts: readonly number[], curve: 'ROC' | 'PR'): number {
  const buckets = counts.length / 2;
  const right = fromTheEnd(counts.slice(0, buckets));
  const wrong = fromTheEnd(counts.slice(buckets));
  return curve === 'ROC' ? receiverArea(right, wrong) : precisionArea(right, wrong);
}

/** Sums of each number and all behind it. */
function fromTheEnd(counts: readonly number[]): number[] {
  let total = 0;
  return counts
    .toReversed()
    .map((count) => (total += count))
    .reverse();
}

/** Trapezoids under the rate of rightly found over that of wrongly found. */
function receiverArea(right: readonly number[], wrong: readonly number[]): number {
  const y = right.map((count) => ratio(count, right[0]));
  const x = wrong.map((count) => ratio(count, wrong[0]));
  return sumOfSteps(x.length, (i) => ((x[i] - x[i + 1]) * (y[i] + y[i + 1])) / 2);
}

/** Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006, section 4: no trapezoids. */
function precisionArea(right: readonly number[], wrong: readonly number[]): number {
  const found = right.map((count, i) => count + wrong[i]);
  return sumOfSteps(right.length, (i) => {
    const gained = right[i] - right[i + 1];
    const slope = ratio(gained, Math.max(found[i] - found[i + 1], 0));
    const intercept = right[i + 1] - slope * found[i + 1];
    const growth = found[i] > 0 && found[i + 1] > 0 ? found[i] / found[i + 1] : 1;
    return ratio(slope * (gained + intercept * Math.log(growth)), right[0]);
  });
}

function sumOfSteps(points: number, areaOf: (i: number) => number): number {
  return Array.from({ length: points - 1 }, (_, i) => areaOf(i)).reduce((sum, area) => sum + area, 0);
}
