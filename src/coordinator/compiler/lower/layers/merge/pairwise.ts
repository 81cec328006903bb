import type { KernelCall } from '../../../../../shared/kernels/table.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { inOneShape, isAnyTrained } from './shapes.js';

/** Two buffers of `size` elements a row, and what is made of them. */
interface Pair {
  readonly a: number;
  readonly b: number;
  readonly y: number;
  readonly size: number;
}

/** The gradients of a pair, given that of y, which may be written to. */
interface PairGradients {
  readonly dy: number;
  readonly da: number;
  readonly db: number;
}

interface PairOperation {
  forward(pair: Pair): KernelCall;
  /** da may be dy. */
  backward(pair: Pair, gradients: PairGradients): readonly KernelCall[];
}

/** y = ((input 0 ∘ input 1) ∘ input 2) …, element by element; what is made on the way is kept for the gradients. */
function pairwise(type: string, operation: PairOperation): GraphLowering {
  return {
    type,
    mask: 'passes',
    arguments: {},

    lowerCall(layer: LayerDescription, given: readonly Value[], to: Builder): readonly Value[] {
      const { values: inputs, backward } = inOneShape(layer, given, to);
      const size = sizeOf(layer.outputShape);
      const pairs: Pair[] = [];
      for (const { buffer: b } of inputs.slice(1)) {
        const a = pairs.at(-1)?.y ?? inputs[0].buffer;
        pairs.push({ a, b, y: to.buffer(`${layer.name} output`, size), size });
      }
      for (const pair of pairs) to.emit(operation.forward(pair));
      to.onCallBackward(([dy]) => {
        const gradients: number[] = [];
        for (const pair of pairs.toReversed()) {
          const db = to.buffer(`${layer.name} input gradient`, size);
          for (const call of operation.backward(pair, { dy, da: dy, db })) to.emitBackward(call);
          gradients.unshift(db);
        }
        return backward([dy, ...gradients]);
      });
      return [{ buffer: pairs[pairs.length - 1].y, shape: layer.outputShape, trained: isAnyTrained(inputs) }];
    },
  };
}

/** Where inputs are equal, the gradient goes to the first of them, as in TensorFlow. */
const extreme = (smallest: number): PairOperation => ({
  forward: (args) => ({ kernel: 'maximum', args: { ...args, smallest } }),
  backward: ({ a, b, size }, gradients) => [
    { kernel: 'maximumBackward', args: { a, b, size, ...gradients, smallest } },
  ],
});

export const multiply = pairwise('Multiply', {
  forward: (args) => ({ kernel: 'multiply', args }),
  backward: ({ a, b, size }, { dy, da, db }) => [
    { kernel: 'multiply', args: { a: dy, b: a, y: db, size } },
    { kernel: 'multiply', args: { a: dy, b, y: da, size } },
  ],
});
export const maximum = pairwise('Maximum', extreme(0));
export const minimum = pairwise('Minimum', extreme(1));
