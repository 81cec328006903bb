import { call, classes, type KernelCase, uniform, unwritten, zeroOrOne } from './kernelCase.js';

/** A few words of a vocabulary, some of them twice in a row and in the batch, most of them in no row. */
export function embeddingCase(inner: number, vocabulary: number, size: number): KernelCase {
  const shape = { inner, vocabulary, size };
  const w = 16;
  return {
    name: `embedding of ${inner} of ${vocabulary} words in ${size} numbers`,
    buffers: { x: classes(inner, vocabulary), y: unwritten(inner * size), dy: uniform(inner * size) },
    parameterLength: w + vocabulary * size,
    sumCount: 0,
    calls: ({ x, y, dy }) => [
      call('embeddingForward', { x, w, y, ...shape }),
      call('embeddingWeightGradient', { x, dy, w, ...shape }),
    ],
  };
}

/** Masks of indices and of steps, and what layers make of them. Every row has a step that is there: the mask is of x. */
export function maskCase(steps: number, size: number): KernelCase {
  const shape = { steps, size };
  return {
    name: `masks of ${steps} steps of ${size}`,
    buffers: {
      index: classes(steps, 3),
      indexMask: unwritten(steps),
      bits: zeroOrOne(steps * size),
      bitMask: unwritten(steps),
      x: uniform(steps * size),
      mask: unwritten(steps),
      kept: unwritten(steps * size),
      mean: unwritten(size),
      dy: uniform(size),
      dx: unwritten(steps * size),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ index, indexMask, bits, bitMask, x, mask, kept, mean, dy, dx }) => [
      call('indexMask', { x: index, mask: indexMask, size: steps }),
      call('stepMask', { x: bits, mask: bitMask, ...shape, value: 0 }),
      call('maskSteps', { x, mask: bitMask, y: kept, ...shape }),
      call('stepMask', { x, mask, ...shape, value: 0 }),
      call('maskedMeanForward', { x, mask, y: mean, ...shape }),
      call('maskedMeanBackward', { mask, dy, dx, ...shape }),
      call('dropUnweighted', { x: mean, weight: bitMask, groups: steps, size }),
    ],
  };
}

export const embeddingCases: readonly KernelCase[] = [
  embeddingCase(1, 1, 1),
  embeddingCase(5, 7, 3),
  embeddingCase(4, 50, 17),
  maskCase(1, 1),
  maskCase(5, 3),
  maskCase(3, 17),
];
