import type { KernelCall } from '../../../shared/kernels/table.js';
import type { LossSpec, MetricSpec } from '../../options/objectives.js';
import { activationNumber } from './activation.js';
import { sizeOf } from './description.js';
import { groupsOf, logitsActivation } from './loss.js';
import { type FunctionPlaces, groupsOfValues, lowerFunction, type OutputPlaces } from './tracedFunction.js';

/** What a loss or metric reads of an output where it does not read the output itself. */
export interface Reading {
  readonly prediction: number;
  readonly target: number;
  /** Shape of one row of it. */
  readonly shape: readonly number[];
  /** The calls that make it, and those that lead from its gradient, as a loss leaves it in `seed`, to the output's. */
  readonly calls: readonly KernelCall[];
  readonly seed: number;
  readonly gradientCalls: readonly KernelCall[];
}

/** What a reading is made of: of the output and, for a loss that is over all of them, of each. */
export type ReadingPlaces = OutputPlaces & Pick<FunctionPlaces, 'outputs' | 'buffer' | 'constant' | 'draw'>;

/** Probabilities of logits, or the values of a traced function; null for an output that is read as it is. */
export function readingOf(spec: LossSpec | MetricSpec, shape: readonly number[], to: ReadingPlaces): Reading | null {
  if (spec.name === 'traced') {
    const { groups, size } = groupsOfValues(spec.graph, shape);
    const seed = to.gradient < 0 ? -1 : to.buffer('seed of the gradient', groups * size);
    const outputs = spec.graph.gradients.length > 1 ? to.outputs : [to];
    const { value, valueCalls, gradientCalls } = lowerFunction(spec.graph, { ...to, outputs, seed });
    return { prediction: value, target: value, shape: [groups, size], calls: valueCalls, seed, gradientCalls };
  }
  const activation = logitsActivation(spec);
  if (activation === null) return null;
  const [x, y] = [to.prediction, to.buffer('probabilities', sizeOf(shape))];
  const seed = to.gradient < 0 ? -1 : to.buffer('loss gradient of probabilities', sizeOf(shape));
  const own = activation === 'softmax' ? softmaxOf(x, y, shape) : sigmoidOf(x, y, shape);
  const gradientCalls = to.gradient < 0 ? [] : [own.derivative(seed, to.gradient)];
  return { prediction: y, target: to.target, shape, calls: [own.call], seed, gradientCalls };
}

function softmaxOf(x: number, y: number, shape: readonly number[]) {
  const sizes = groupsOf(shape);
  const call: KernelCall = { kernel: 'softmaxForward', args: { x, y, ...sizes } };
  const derivative = (dy: number, dx: number): KernelCall => {
    return { kernel: 'softmaxBackward', args: { y, dy, dx, ...sizes } };
  };
  return { call, derivative };
}

function sigmoidOf(x: number, y: number, shape: readonly number[]) {
  const sizes = { size: sizeOf(shape), activation: activationNumber('sigmoid') };
  const call: KernelCall = { kernel: 'activationForward', args: { x, y, ...sizes } };
  const derivative = (dy: number, dx: number): KernelCall => {
    return { kernel: 'activationBackward', args: { y, dy, dx, ...sizes } };
  };
  return { call, derivative };
}
