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

/** What a function reads, and where its gradient by the predictions is wanted; −1 for none. */
export interface FunctionPlaces extends Pick<TracedPlaces, 'constant'> {
  readonly target: number;
  readonly prediction: number;
  readonly seed: number;
  readonly gradient: number;
  buffer(name: string, size: number): number;
}

export function lowerFunction(graph: TracedGraph, places: FunctionPlaces): LoweredFunction {
  const { target, prediction, seed, gradient } = places;
  const calls = new TracedCalls(graph.nodes, {
    arguments: new Map(Object.entries({ target, prediction, seed })),
    buffer: (size) => places.buffer('traced values', size),
    constant: (values) => places.constant(values),
    weight: () => -1,
  });
  const value = calls.compute(graph.value);
  const valueCalls = calls.take();
  if (gradient >= 0) calls.computeInto(graph.gradient, gradient);
  return { value, valueCalls, gradientCalls: calls.take() };
}

/**
 * How the values of a function count for an output of `shape`: as `groups` of `size`, each group with a weight of its own
 * where the output has one for each step and so has the function, else all together.
 */
export function groupsOfValues({ valueShape }: TracedGraph, shape: readonly number[]) {
  const steps = weightShape(shape);
  const hasSteps = shape.length > 1 && steps.every((length, axis) => valueShape[axis] === length);
  const groups = hasSteps ? sizeOf(steps) : 1;
  return { groups, size: sizeOf(valueShape) / groups };
}
