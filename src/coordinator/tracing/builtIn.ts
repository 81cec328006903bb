import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../shared/tfjs/tfjs.js';
import type { TracedGraph } from './graph.js';
import { type TensorFunction, trace } from './trace.js';

/** Losses and metrics of Keras 3 that are no kernels of their own: functions of tensors, traced as a caller's are. */

/** A built-in function; `name` tells apart what it is made with. */
export interface BuiltIn {
  readonly name: string;
  readonly function: TensorFunction;
}

const EPSILON = 1e-7;

const meanOverLast = (x: Tensor): Tensor => tfc.mean(x, -1, true);

/** The deviations from the mean over the last axis, and their mean square. */
function deviations(x: Tensor): { mean: Tensor; rest: Tensor; variance: Tensor } {
  const mean = meanOverLast(x);
  const rest = tfc.sub(x, mean);
  return { mean, rest, variance: meanOverLast(tfc.square(rest)) };
}

/** The correlation of the groups of targets and predictions; `keras/src/metrics/correlation_metrics.py`. */
export function pearsonCorrelation(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = [deviations(yTrue), deviations(yPred)];
  const norm = tfc.mul(tfc.sqrt(t.variance), tfc.sqrt(p.variance));
  return tfc.mean(tfc.div(tfc.mul(t.rest, p.rest), norm), -1);
}

/** Lin, "A concordance correlation coefficient to evaluate reproducibility", 1989; as Keras has it. */
export function concordanceCorrelation(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = [deviations(yTrue), deviations(yPred)];
  const norm = tfc.add(tfc.add(t.variance, p.variance), tfc.square(tfc.sub(t.mean, p.mean)));
  return tfc.mean(tfc.div(tfc.mul(tfc.mul(t.rest, p.rest), 2), tfc.add(norm, EPSILON)), -1);
}

/**
 * Keras's focal cross-entropy with an alpha for each class: −Σ alpha·t·(1 − q)^gamma·log q over a group, q = p / Σp clipped to
 * [1e-7, 1 − 1e-7].
 */
export function focalByClass(spec: {
  readonly alpha: readonly number[];
  readonly gamma: number;
  readonly labelSmoothing: number;
  readonly fromLogits: boolean;
}): TensorFunction {
  const { alpha, gamma, labelSmoothing: smoothing, fromLogits } = spec;
  return (yTrue, yPred) => {
    const t = tfc.add(tfc.mul(yTrue, 1 - smoothing), smoothing / alpha.length);
    const p = fromLogits ? tfc.softmax(yPred) : yPred;
    const q = tfc.clipByValue(tfc.div(p, tfc.sum(p, -1, true)), EPSILON, 1 - EPSILON);
    const focus = tfc.mul(tfc.pow(tfc.sub(1, q), gamma), tfc.tensor1d([...alpha]));
    return tfc.neg(tfc.sum(tfc.mul(tfc.mul(focus, t), tfc.log(q)), -1));
  };
}

/** 1 − times·I / (shared·I + wanted·T + found·P + ε) of sums over axes of a row; see the kernel overlapLoss. */
export function overlapOf(
  axes: readonly number[],
  shares: { readonly times: number; readonly shared: number; readonly wanted: number; readonly found: number },
): TensorFunction {
  return (yTrue, yPred) => {
    const sum = (x: Tensor): Tensor => tfc.sum(x, [...axes]);
    const common = sum(tfc.mul(yTrue, yPred));
    const parts = [
      tfc.mul(common, shares.shared),
      tfc.mul(sum(yTrue), shares.wanted),
      tfc.mul(sum(yPred), shares.found),
    ];
    const whole = tfc.add(tfc.addN(parts), EPSILON);
    return tfc.sub(1, tfc.div(tfc.mul(common, shares.times), whole));
  };
}

/** The graph of such a function for an output of `shape`, with its gradient where it is a loss. */
export function graphOf({ name, function: given }: BuiltIn, shape: readonly number[], isLoss: boolean): TracedGraph {
  const key = JSON.stringify([name, shape, isLoss]);
  const known = graphs.get(key);
  if (known !== undefined) return known;
  const graph = trace(given, shape, isLoss);
  graphs.set(key, graph);
  return graph;
}

/** Graphs that have been traced: a program is lowered several times. */
const graphs = new Map<string, TracedGraph>();
