import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import { Gradients } from '../gradients.js';
import type { FindLowering, GraphLowering } from '../layer.js';
import {
  lowerWrapped,
  recurrentTypes,
  wrappedIn,
  wrappedInitializers,
  wrappedLayer,
  wrappedLowering,
} from '../wrapped.js';
import { concatenate } from './merge/concatenate.js';
import { multiply } from './merge/pairwise.js';
import { add, average } from './merge/weightedSum.js';

/** What makes one output of both directions. */
const merges: Readonly<Record<string, GraphLowering>> = { concat: concatenate, sum: add, ave: average, mul: multiply };

/**
 * A recurrent layer forwards and another backwards in time over the same steps; both outputs where mergeMode is null. Where
 * the layer returns its state, the states of the forward direction follow, then those of the backward one. Inputs behind
 * the first are the initial states, in that order too.
 */
export const bidirectional: GraphLowering = {
  type: 'Bidirectional',
  arguments: { layer: wrappedLayer, mergeMode: z.enum(['concat', 'sum', 'ave', 'mul']).nullable().optional() },

  initializers: (config, find) => [...wrappedInitializers(config, find), ...wrappedInitializers(config, find)],

  lowerCall(
    layer: LayerDescription,
    [x, ...initial]: readonly Value[],
    to: Builder,
    find: FindLowering,
  ): readonly Value[] {
    const lowering = wrappedLowering(layer, find, recurrentTypes);
    // TensorFlow.js has checked that there are as many as the cells have.
    const given = [initial.slice(0, initial.length / 2), initial.slice(initial.length / 2)];
    const both = directionsOf(layer).map((direction, i) =>
      lowerWrapped(lowering, direction, [x, ...given[i]], to, find),
    );
    const outputs = both.map(({ values: [y] }) => y);
    const read = outputs.map((y) => to.part(() => withoutMaskedSteps(layer, y, to)));
    const states = both.map(({ values: [, ...states] }) => states);
    const merged = merge(
      layer,
      read.map(({ value }) => value),
      to,
      find,
    );
    to.onCallBackward((gradients) => {
      const ofMerged = gradients.slice(0, merged.values.length);
      const ofOutputs = ofMerged.some((dy) => dy >= 0)
        ? ownGradients(layer, merged.backward(ofMerged), outputs, to)
        : [-1, -1];
      const sent = both.map(({ backward }, direction) => {
        const first = ofMerged.length + direction * states[0].length;
        const dy = ofOutputs[direction];
        const own = [dy < 0 ? dy : read[direction].backward(dy), ...gradients.slice(first, first + states[0].length)];
        return backward(completed(layer, own, outputs[direction], to));
      });
      const ofStates = sent.flatMap(([, ...states]) => states);
      return [
        sumOf(
          layer,
          x,
          sent.map(([dx]) => dx),
          to,
        ),
        ...ofStates,
      ];
    });
    const { mask } = outputs[0];
    return [...merged.values.map((value) => (mask === undefined ? value : { ...value, mask })), ...states.flat()];
  },
};

function merge(layer: LayerDescription, outputs: readonly Value[], to: Builder, find: FindLowering) {
  const mode = layer.config.mergeMode === undefined ? 'concat' : (layer.config.mergeMode as string | null);
  if (mode === null) return { values: outputs, backward: (gradients: readonly number[]) => gradients };
  const outputShape = mode === 'concat' ? layer.outputShape : outputs[0].shape;
  return to.call(() => merges[mode].lowerCall({ ...layer, outputShape, config: {} }, outputs, to, find));
}

/**
 * A gradient for each output, in a buffer of its own: a merge layer may send one buffer back for both, but each direction
 * adds the gradients of its states into the one it is given.
 */
function ownGradients({ name }: LayerDescription, sent: readonly number[], outputs: readonly Value[], to: Builder) {
  const gradients = new Gradients(to);
  sent.forEach((buffer, i) => {
    gradients.send(i, buffer);
  });
  return outputs.map(({ shape }, i) => gradients.take(i, `${name} output gradient`, sizeOf(shape)));
}

/** Sequences of a Bidirectional are 0 at masked steps (Keras's `zero_output_for_mask`); states go on over them. */
function withoutMaskedSteps({ name, config }: LayerDescription, y: Value, to: Builder): Value {
  const { mask } = y;
  if (mask === undefined || wrappedIn(config).config.returnSequences !== true) return y;
  const [steps, size] = y.shape;
  const buffer = to.buffer(`${name} output at steps that are there`, steps * size);
  to.emit({ kernel: 'maskSteps', args: { x: y.buffer, mask, y: buffer, steps, size } });
  to.onBackward((dy) => {
    to.emitBackward({ kernel: 'maskSteps', args: { x: dy, mask, y: dy, steps, size } });
    return dy;
  });
  return { ...y, buffer };
}

/** The layer of each direction: the first half of the weights is that of the forward one. */
export function directionsOf(layer: LayerDescription): LayerDescription[] {
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
function completed(
  layer: LayerDescription,
  gradients: readonly number[],
  output: Value,
  to: Builder,
): readonly number[] {
  if (gradients.some((gradient) => gradient >= 0)) return gradients;
  const size = sizeOf(output.shape);
  const y = to.buffer(`${layer.name} output gradient`, size);
  to.emitBackward({ kernel: 'combine', args: { a: output.buffer, b: -1, y, size, alpha: 0, beta: 0 } });
  return [y, ...gradients.slice(1)];
}

/** The gradient of the input that both directions read. */
function sumOf(layer: LayerDescription, x: Value, [a, b]: readonly number[], to: Builder): number {
  if (!x.trained) return -1;
  to.emitBackward({ kernel: 'combine', args: { a, b, y: a, size: sizeOf(layer.inputShape), alpha: 1, beta: 1 } });
  return a;
}
