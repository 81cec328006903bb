import { lossCall } from '../../src/coordinator/compiler/lower/loss.js';
import { groupsOfValues, lowerFunction } from '../../src/coordinator/compiler/lower/tracedFunction.js';
import type { TracedGraph } from '../../src/coordinator/tracing/graph.js';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { aligned, type CaseBuffer, type KernelCase, uniform, unwritten } from './kernelCase.js';
import type { TestArena } from './kernelMemory.js';

/** A traced loss as a case of kernel calls over uniform targets and predictions, and what puts its constants in place. */
export interface TracedCase extends KernelCase {
  prepare(arena: TestArena<string, never>): void;
}

/** Its loss is in sum 0, the gradient in the buffer of that name. */
export function tracedCase(name: string, graph: TracedGraph, shape: readonly number[], range = [-1, 1]): TracedCase {
  const size = shape.reduce((product, length) => product * length, 1);
  const own: Record<string, CaseBuffer> = {};
  const constants: { readonly offset: number; readonly values: readonly number[] }[] = [];
  let end = 0;
  const constant = (values: readonly number[]): number => {
    constants.push({ offset: end, values });
    end += aligned(values.length);
    return constants[constants.length - 1].offset;
  };
  // Once to learn which buffers and constants there are.
  const sizes: number[] = [];
  callsOf(graph, shape, { target: 0, prediction: 1, gradient: 2, seed: 3 }, (size) => sizes.push(size), constant);
  const parameterLength = Math.max(end, 16);
  sizes.forEach((size, i) => {
    own[`values ${i}`] = unwritten(size);
  });
  const values = groupsOfValues(graph, shape);
  return {
    name,
    buffers: {
      target: uniform(size, range[0], range[1]),
      prediction: uniform(size, range[0], range[1]),
      gradient: unwritten(size),
      seed: unwritten(values.groups * values.size),
      ...own,
    },
    parameterLength,
    sumCount: 1,
    calls: (at) => {
      let [buffer, next] = [0, 0];
      return callsOf(
        graph,
        shape,
        at,
        () => at[`values ${buffer++}`],
        () => constants[next++].offset,
      );
    },
    prepare: ({ memory }) => {
      for (const { offset, values } of constants) memory.f32.set(values, memory.parameters + offset);
    },
  };
}

function callsOf(
  graph: TracedGraph,
  shape: readonly number[],
  { target, prediction, gradient, seed }: Readonly<Record<string, number>>,
  buffer: (size: number) => number,
  constant: (values: readonly number[]) => number,
): KernelCall[] {
  const outputs = [{ target, prediction, gradient, shape }];
  const places = { outputs, seed, buffer: (_: string, size: number) => buffer(size), constant, draw: () => 9 };
  const { value, valueCalls, gradientCalls } = lowerFunction(graph, places);
  const { groups, size } = groupsOfValues(graph, shape);
  const operands = { prediction: value, target: value, sparse: false, shape: [groups, size], weight: -1, weightSum: 0 };
  const loss = lossCall({ name: 'traced', function: 'loss', graph }, { ...operands, lossWeight: 1 }, 0, seed);
  return [...valueCalls, loss, ...gradientCalls];
}
