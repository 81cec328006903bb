import type { MeasureForm } from '../../../shared/program/measures.js';
import { curveOf } from './counts.js';
import { ratio, sum } from './ratio.js';

/** Areas under curves over thresholds, which rise; `keras/src/metrics/confusion_metrics.py`. */

type Form = Extract<MeasureForm, { kind: 'auc' }>;
type Points = ReturnType<typeof curveOf>;

/** The area under the curve of each label, averaged. */
export function areaUnderCurves(totals: readonly number[], form: Form): number {
  const areas = Array.from({ length: form.curves.labels }, (_, label) =>
    areaOf(curveOf(totals, form.curves, label), form),
  );
  if (form.weights.length === 0) return sum(areas) / areas.length;
  return ratio(sum(areas.map((area, label) => area * form.weights[label])), sum(form.weights));
}

function areaOf(points: Points, { curve, summation }: Form): number {
  if (curve === 'PR' && summation === 'interpolation') return precisionArea(points);
  const [x, y] = curve === 'PRGAIN' ? gains(points) : rates(points, curve);
  const height = {
    interpolation: (a: number, b: number) => (a + b) / 2,
    minoring: Math.min,
    majoring: Math.max,
  }[summation];
  return sumOfSteps(points.length, (i) => (x[i] - x[i + 1]) * height(y[i], y[i + 1]));
}

/** Both axes of a receiver's curve, or of precision over recall. */
function rates(points: Points, curve: 'ROC' | 'PR'): [number[], number[]] {
  const recall = points.map(({ right, missed }) => ratio(right, right + missed));
  if (curve === 'ROC') return [points.map(({ wrong, left }) => ratio(wrong, wrong + left)), recall];
  return [recall, points.map(({ right, wrong }) => ratio(right, right + wrong))];
}

/** Flach and Kull, "Precision-recall-gain curves", 2015. */
function gains(points: Points): [number[], number[]] {
  const scale = ({ right, wrong, missed, left }: Points[number]): number => ratio(right + missed, left + wrong);
  const recall = points.map((point) => (point.right === 0 ? 0 : 1 - scale(point) * ratio(point.missed, point.right)));
  const precision = points.map((point) => (point.right === 0 ? 1 : 1 - scale(point) * ratio(point.wrong, point.right)));
  return [recall.map((gain) => Math.max(gain, 0)), precision];
}

/** Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006, section 4: no trapezoids. */
function precisionArea(points: Points): number {
  const found = points.map(({ right, wrong }) => right + wrong);
  return sumOfSteps(points.length, (i) => {
    const [here, next] = [points[i], points[i + 1]];
    const gained = here.right - next.right;
    const slope = ratio(gained, Math.max(found[i] - found[i + 1], 0));
    const intercept = next.right - slope * found[i + 1];
    const growth = found[i] > 0 && found[i + 1] > 0 ? found[i] / found[i + 1] : 1;
    return ratio(slope * (gained + intercept * Math.log(growth)), next.right + next.missed);
  });
}

function sumOfSteps(points: number, areaOf: (i: number) => number): number {
  return Array.from({ length: points - 1 }, (_, i) => areaOf(i)).reduce((total, area) => total + area, 0);
}
