import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { wrappedIn, wrappedInitializers, wrappedLayer, wrappedLowering } from '../wrapped.js';
import { concatenate } from './merge/concatenate.js';
import { multiply } from './merge/pairwise.js';
import { add, average } from './merge/weightedSum.js';

/** What makes one output of both directions. */
const merges: Readonly<Record<string, GraphLowering>> = { concat: concatenate, sum: add, ave: average, mul: multiply };

const recurrent = ['SimpleRNN', 'GRU', 'LSTM'];

/** A recurrent layer forwards and another backwards in time over the same steps; both outputs where mergeMode is null. */
export const bidirectional: GraphLowering = {
  type: 'Bidirectional',
  arguments: { layer: wrappedLayer, mergeMode: z.enum(['concat', 'sum', 'ave', 'mul']).nullable().optional() },

  initializers: (config) => [...wrappedInitializers(config), ...wrappedInitializers(config)],

  lowerCall(layer: LayerDescription, [x]: readonly Value[], to: Builder): readonly Value[] {
    const lowering = wrappedLowering(layer, recurrent);
    const both = directionsOf(layer).map((direction) => to.part(() => lowering.lower(direction, x, to)));
    const outputs = both.map(({ value }) => value);
    const merged = merge(layer, outputs, to);
    to.onCallBackward((gradients) => {
      const ofOutputs = merged.backward(completed(layer, gradients, sizeOf(outputs[0].shape), to));
      return [
        sumOf(
          layer,
          x,
          both.map(({ backward }, i) => backward(ofOutputs[i])),
          to,
        ),
      ];
    });
    return merged.values.map((value) => (outputs[0].mask === undefined ? value : { ...value, mask: outputs[0].mask }));
  },
};

function merge(layer: LayerDescription, outputs: readonly Value[], to: Builder) {
  const mode = layer.config.mergeMode === undefined ? 'concat' : (layer.config.mergeMode as string | null);
  if (mode === null) return { values: outputs, backward: (gradients: readonly number[]) => gradients };
  return to.call(() => merges[mode].lowerCall({ ...layer, config: {} }, outputs, to));
}

/** The layer of each direction: the first half of the weights is that of the forward one. */
function directionsOf(layer: LayerDescription): LayerDescription[] {
  const { className: type, config } = wrappedIn(layer.config);
  if (config.goBackwards === true) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${layer.name} is a Bidirectional of a ${type} with goBackwards, which does not lower to kernels; leave goBackwards out.`,
    );
  }
  const half = layer.weights.length / 2;
  const units = config.units as number;
  const outputShape = config.returnSequences === true ? [layer.inputShape[0], units] : [units];
  return [false, true].map((goBackwards) => ({
    ...layer,
    name: `${layer.name} ${goBackwards ? 'backward' : 'forward'}`,
    type,
    // Sequences of both directions meet step by step, so those of the backward one stay in the order of time.
    config: { ...config, goBackwards, keepsTimeOrder: true },
    outputShape,
    weights: goBackwards ? layer.weights.slice(half) : layer.weights.slice(0, half),
  }));
}

/** A direction that nothing asks for has a gradient of zeros, as its weights need one. */
function completed(layer: LayerDescription, gradients: readonly number[], size: number, to: Builder): number[] {
  const given = gradients.find((gradient) => gradient >= 0) as number;
  return gradients.map((gradient) => {
    if (gradient >= 0) return gradient;
    const y = to.buffer(`${layer.name} output gradient`, size);
    to.emitBackward({ kernel: 'combine', args: { a: given, b: -1, y, size, alpha: 0, beta: 0 } });
    return y;
  });
}

/** The gradient of the input that both directions read. */
function sumOf(layer: LayerDescription, x: Value, [a, b]: readonly number[], to: Builder): number {
  if (!x.trained) return -1;
  to.emitBackward({ kernel: 'combine', args: { a, b, y: a, size: sizeOf(layer.inputShape), alpha: 1, beta: 1 } });
  return a;
}
