import type { KernelCall, KernelName } from '../../shared/kernels/table.js';
import type { KernelBenchCase } from './case.js';

const ROWS = 128;

const shapeOf = (steps: number, units: number) => ({ steps, units, activation: 3, reversed: 0, mask: -1, keep: -1 });

/** The recurrence of a SimpleRNN alone. */
function simpleRnn(steps: number, units: number): KernelBenchCase[] {
  const sequence = steps * units;
  const shape = { u: 0, ...shapeOf(steps, units) };
  const common = {
    shape: `${ROWS} × ${steps} steps, ${units} units`,
    rows: ROWS,
    parameterLength: units * units,
    flops: 2 * ROWS * (steps - 1) * units * units,
  };
  return [
    {
      ...common,
      kernel: 'simpleRnnForward',
      records: [sequence, sequence, sequence, units],
      bytes: 4 * ROWS * 3 * sequence,
      calls: ([z, h, previous, last]) => [
        { kernel: 'simpleRnnForward', args: { z, h0: -1, h, previous, last, ...shape } },
      ],
    },
    {
      ...common,
      kernel: 'simpleRnnBackward',
      records: [sequence, units, sequence],
      bytes: 4 * ROWS * 2 * sequence,
      calls: ([h, dLast, dz]) => [{ kernel: 'simpleRnnBackward', args: { h, dh: -1, dLast, dz, dh0: -1, ...shape } }],
    },
  ];
}

/** The recurrence of a GRU alone, with the reset gate after the product or before it. */
function gru(steps: number, units: number, resetAfter: number): KernelBenchCase[] {
  const sequence = steps * units;
  const shape = { u: 0, resetAfter, recurrentActivation: 2, ...shapeOf(steps, units) };
  const common = {
    shape: `${ROWS} × ${steps} steps, ${units} units, reset ${resetAfter ? 'after' : 'before'}`,
    rows: ROWS,
    parameterLength: 3 * units * units,
    flops: 2 * ROWS * (steps - 1) * units * 3 * units,
  };
  return [
    {
      ...common,
      kernel: 'gruForward',
      records: [3 * sequence, sequence, sequence, sequence, units],
      bytes: 4 * ROWS * 9 * sequence,
      calls: ([z, h, previous, inner, last]) => [
        { kernel: 'gruForward', args: { z, b: -1, h0: -1, h, previous, inner, last, ...shape } },
      ],
    },
    {
      ...common,
      kernel: 'gruBackward',
      records: [3 * sequence, sequence, sequence, units, 3 * sequence, 3 * sequence],
      bytes: 4 * ROWS * (resetAfter ? 11 : 8) * sequence,
      calls: ([gates, previous, inner, dLast, dz, dInner]) => [
        {
          kernel: 'gruBackward',
          args: { gates, previous, inner, dh: -1, dLast, dz, dInner: resetAfter ? dInner : -1, dh0: -1, ...shape },
        },
      ],
    },
  ];
}

/** The weight gradient of the columns of the gates, and of the candidate's, of a GRU that resets before. */
function denseColumns(steps: number, units: number): KernelBenchCase {
  const product = { w: 0, inner: steps, inputs: units, units: 3 * units };
  return {
    kernel: 'denseColumnsGradient',
    shape: `${ROWS} × ${steps} × ${units} → ${2 * units} of ${3 * units}`,
    rows: ROWS,
    records: [steps * units, 3 * steps * units],
    parameterLength: 3 * units * units,
    flops: 2 * ROWS * steps * units * 2 * units,
    bytes: 4 * ROWS * steps * 3 * units,
    calls: ([x, dy]) => [{ kernel: 'denseColumnsGradient', args: { x, dy, ...product, first: 0, columns: 2 * units } }],
  };
}

/** Rows of a table by word, and the gradient of the table. */
function embedding(inner: number, vocabulary: number, size: number): KernelBenchCase[] {
  const shape = { w: 0, inner, vocabulary, size };
  const common = {
    shape: `${ROWS} × ${inner} of ${vocabulary} words, ${size} numbers`,
    rows: ROWS,
    records: [inner, inner * size],
    parameterLength: vocabulary * size,
    words: vocabulary,
    flops: 0,
  };
  return [
    {
      ...common,
      kernel: 'embeddingForward',
      bytes: 2 * 4 * ROWS * inner * size,
      calls: ([x, y]) => [{ kernel: 'embeddingForward', args: { x, y, ...shape } }],
    },
    {
      ...common,
      kernel: 'embeddingWeightGradient',
      bytes: 4 * (ROWS * inner + vocabulary) * size,
      calls: ([x, dy]) => [{ kernel: 'embeddingWeightGradient', args: { x, dy, ...shape } }],
    },
  ];
}

/** What is done to time steps without any arithmetic to speak of. */
function steps(count: number, size: number): KernelBenchCase[] {
  const record = count * size;
  const line = (kernel: KernelName, bytes: number, call: (buffers: readonly number[]) => KernelCall) => ({
    kernel,
    shape: `${ROWS} × ${count} steps of ${size}`,
    rows: ROWS,
    records: [record, record, count, size],
    parameterLength: 1,
    flops: 0,
    bytes: 4 * ROWS * bytes,
    calls: (buffers: readonly number[]) => [call(buffers)],
  });
  const shape = { steps: count, size };
  return [
    line('reverseSteps', 2 * record, ([x, y]) => ({ kernel: 'reverseSteps', args: { x, y, ...shape } })),
    line('indexMask', 2 * count, ([x, , mask]) => ({ kernel: 'indexMask', args: { x, mask, size: count } })),
    line('stepMask', record, ([x, , mask]) => ({ kernel: 'stepMask', args: { x, mask, ...shape, value: 0 } })),
    line('maskSteps', 2 * record, ([x, y, mask]) => ({ kernel: 'maskSteps', args: { x, mask, y, ...shape } })),
    line('dropUnweighted', count, ([x, , weight]) => ({
      kernel: 'dropUnweighted',
      args: { x, weight, groups: count, size: record },
    })),
    line('maskedMeanForward', record, ([x, , mask, y]) => ({
      kernel: 'maskedMeanForward',
      args: { x, mask, y, ...shape },
    })),
    line('maskedMeanBackward', record, ([dx, , mask, dy]) => ({
      kernel: 'maskedMeanBackward',
      args: { mask, dy, dx, ...shape },
    })),
  ];
}

/** Recurrences at the size of the budget's LSTM, an embedding of 10,000 words, and masks over its steps. */
export const recurrentKernelCases: readonly KernelBenchCase[] = [
  ...simpleRnn(28, 128),
  ...gru(28, 128, 1),
  ...gru(28, 128, 0),
  denseColumns(28, 128),
  ...embedding(100, 10_000, 64),
  ...steps(100, 64),
];
