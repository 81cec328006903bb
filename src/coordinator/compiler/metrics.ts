import type { Measure, MeasureForm } from '../../shared/program/measures.js';
import { areaUnderCurve } from './metrics/auc.js';
import { ratio, sum } from './metrics/ratio.js';

/** Values by name: `loss`, each metric, and `val_` forms of both. */
export type Logs = Readonly<Record<string, number>>;

/** Totals of some batches → the values of the logs. */
export function logsOf(measures: readonly Measure[], totals: readonly number[]): Logs {
  return Object.fromEntries(measures.map((measure) => [measure.name, measured(measure, totals)]));
}

/** One value; 0 where no row has weight, as in Keras. */
export function measured({ form, first, count, weight }: Measure, totals: readonly number[]): number {
  const own = totals.slice(first, first + count);
  switch (form.kind) {
    case 'sum':
      return sum(form.parts.map((part) => part.factor * ratio(totals[part.first], totals[part.weight])));
    case 'mean':
      return form.scale * ratio(own[0], totals[weight]);
    case 'root':
      return Math.sqrt(ratio(own[0], totals[weight]));
    case 'precision':
      return ratio(own[0], own[0] + own[1]);
    case 'recall':
      return ratio(own[0], own[0] + own[2]);
    case 'f1':
      return f1(own, form);
    case 'auc':
      return areaUnderCurve(own, form.curve);
    case 'r2':
      return r2(own, form.weighted);
  }
}

/** Keras's epsilon, which keeps the parts of its F1 from 0 / 0. */
const EPSILON = 1e-7;

/** Harmonic mean of precision and recall of each class, averaged; `keras/src/metrics/f_score_metrics.py`. */
function f1(counts: readonly number[], { average }: Extract<MeasureForm, { kind: 'f1' }>): number {
  const classes = counts.length / 3;
  const scores = Array.from({ length: classes }, (_, c) => {
    const [right, wrong, missed] = [counts[c], counts[classes + c], counts[2 * classes + c]];
    const precision = right / (right + wrong + EPSILON);
    const recall = right / (right + missed + EPSILON);
    return { score: (2 * precision * recall) / (precision + recall + EPSILON), size: right + missed };
  });
  if (average !== 'weighted') return sum(scores.map(({ score }) => score)) / classes;
  const sizes = sum(scores.map(({ size }) => size));
  return sum(scores.map(({ score, size }) => score * (size / (sizes + EPSILON))));
}

/**
 * 1 − Σ (t − p)² / Σ (t − mean)² of each output, averaged; an output whose targets are all equal counts 0.
 * `keras/src/metrics/regression_metrics.py`.
 */
function r2([, ...moments]: readonly number[], weighted: boolean): number {
  const outputs = moments.length / 3;
  const scores = Array.from({ length: outputs }, (_, i) => {
    const [total, errors] = [moments[outputs + i], moments[2 * outputs + i]];
    return { score: total === 0 ? 0 : 1 - errors / total, total };
  });
  if (!weighted) return sum(scores.map(({ score }) => score)) / outputs;
  return ratio(sum(scores.map(({ score, total }) => score * total)), sum(scores.map(({ total }) => total)));
}
