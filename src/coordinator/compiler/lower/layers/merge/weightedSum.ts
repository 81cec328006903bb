import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { inOneShape, isAnyTrained } from './shapes.js';

/** y = Σ factor · input, element by element; `factorOf` gives the factor of input i of n. */
function weightedSum(type: string, factorOf: (i: number, n: number) => number): GraphLowering {
  return {
    type,
    mask: 'passes',
    arguments: {},

    lowerCall(layer: LayerDescription, given: readonly Value[], to: Builder): readonly Value[] {
      const { values: inputs, backward } = inOneShape(layer, given, to);
      const size = sizeOf(layer.outputShape);
      const y = to.buffer(`${layer.name} output`, size);
      const factors = inputs.map((_, i) => factorOf(i, inputs.length));
      inputs.slice(1).forEach(({ buffer: b }, i) => {
        const sum = i === 0 ? { a: inputs[0].buffer, alpha: factors[0] } : { a: y, alpha: 1 };
        to.emit({ kernel: 'combine', args: { ...sum, b, y, size, beta: factors[i + 1] } });
      });
      to.onCallBackward(([dy]) => backward(scaledGradients(layer, dy, factors, to)));
      return [{ buffer: y, shape: layer.outputShape, trained: isAnyTrained(inputs) }];
    },
  };
}

/** factor · dy for each factor; one buffer for equal factors, dy itself for the first. */
function scaledGradients(layer: LayerDescription, dy: number, factors: readonly number[], to: Builder): number[] {
  const size = sizeOf(layer.outputShape);
  const made = new Map<number, number>();
  const scale = (factor: number, y: number): void => {
    if (factor !== 1) to.emitBackward({ kernel: 'combine', args: { a: dy, b: -1, y, size, alpha: factor, beta: 0 } });
    made.set(factor, y);
  };
  for (const factor of new Set(factors.slice(1))) {
    if (factor !== factors[0]) scale(factor, to.buffer(`${layer.name} input gradient`, size));
  }
  scale(factors[0], dy);
  return factors.map((factor) => made.get(factor) as number);
}

export const add = weightedSum('Add', () => 1);
export const average = weightedSum('Average', (_, n) => 1 / n);
export const subtract = weightedSum('Subtract', (i) => (i === 0 ? 1 : -1));
