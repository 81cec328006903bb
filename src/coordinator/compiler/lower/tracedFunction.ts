import type { KernelCall } from '../../../shared/kernels/table.js';
import type { TracedGraph } from '../../tracing/graph.js';
import { sizeOf } from './description.js';
import { weightShape } from './loss.js';
import { TracedCalls, type TracedPlaces } from './traced.js';

/** A traced loss or metric as kernel calls. */
export interface LoweredFunction {
  /** The buffer of its values for a row. */
  readonly value: number;
  readonly valueCalls: readonly KernelCall[];
  /** Those that make the gradient of the seed, once the values are there; none where it is not wanted. */
  readonly gradientCalls: readonly KernelCall[];
}

/** What a function reads of an output, and where its gradient by the predictions is wanted; −1 for none. */
export interface OutputPlaces {
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly target: number;
  readonly prediction: number;
  readonly gradient: number;
}

export interface FunctionPlaces extends Pick<TracedPlaces, 'constant' | 'draw'> {
  /** The outputs that it is over. */
  readonly outputs: readonly OutputPlaces[];
  readonly seed: number;
  buffer(name: string, size: number): number;
}

export function lowerFunction(graph: TracedGraph, places: FunctionPlaces): LoweredFunction {
  const { outputs, seed } = places;
  const calls = new TracedCalls(graph.nodes, {
    arguments: new Map([
      ...outputs.map(({ target }, i) => [`target${i}`, target] as const),
      ...outputs.map(({ prediction }, i) => [`prediction${i}`, prediction] as const),
      ['seed', seed],
    ]),
    buffer: (size) => places.buffer('traced values', size),
    constant: (values) => places.constant(values),
    weight: () => -1,
    draw: () => places.draw(),
  });
  const value = calls.compute(graph.value);
  const valueCalls = calls.take();
  outputs.forEach(({ gradient }, i) => {
    if (gradient >= 0) calls.computeInto(graph.gradients[i], gradient);
  });
  return { value, valueCalls, gradientCalls: calls.take() };
}

/**
 * How the values of a function count for an output of `shape`: as `groups` of `size`, each group with a weight of its own
 * where the output has one for each step and so has the function, else all together, as those of several outputs.
 */
export function groupsOfValues({ valueShape, gradients }: TracedGraph, shape: readonly number[]) {
  const steps = weightShape(shape);
  const hasSteps =
    gradients.length < 2 && shape.length > 1 && steps.every((length, axis) => valueShape[axis] === length);
  const groups = hasSteps ? sizeOf(steps) : 1;
  return { groups, size: sizeOf(valueShape) / groups };
}
