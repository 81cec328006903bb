import type { Measure } from '../../shared/program/measures.js';
import { areaUnderCurves } from './metrics/auc.js';
import { best, counted, fBeta, overlap } from './metrics/counts.js';
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
    case 'counted':
      return counted(own, form.what, form);
    case 'fBeta':
      return fBeta(own, form);
    case 'auc':
      return areaUnderCurves(own, form);
    case 'best':
      return best(own, form);
    case 'overlap':
      return overlap(own, form);
    case 'r2':
      return r2(own, form.weighted);
  }
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
