import type { ActivationName } from '../../../../shared/kernels/activations.js';
import { fusedActivationNamed } from '../../../compiler/lower/activation.js';
import type { LayerDescription } from '../../../compiler/lower/description.js';
import { directionsOf } from '../../../compiler/lower/layers/bidirectional.js';
import { wrappedIn } from '../../../compiler/lower/wrapped.js';
import type { LayerForm, LayerForms } from '../form.js';
import type { Attributes, GraphBuilder, OnnxValue } from '../graph.js';
import { keptFirst, reversedSteps } from './keptSteps.js';
import { mergingForms } from './merging.js';
import { type Scanned, scanned } from './scannedCell.js';
import { withoutMaskedSteps } from './sequences.js';

/** A recurrent operator of ONNX beside the layer of Keras. */
interface Cell {
  readonly op: 'RNN' | 'GRU' | 'LSTM';
  /** The place in Keras of each gate of ONNX. */
  readonly gates: readonly number[];
  /** The arguments whose activations the operator takes, in its order. */
  readonly activations: readonly ('activation' | 'recurrentActivation')[];
  attributes?(layer: LayerDescription): Attributes;
}

/** What the operators apply, with the numbers of Keras. */
const functions: Readonly<Partial<Record<ActivationName, readonly [name: string, alpha?: number, beta?: number]>>> = {
  linear: ['Affine', 1, 0],
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  hardSigmoid: ['HardSigmoid', 0.2, 0.5],
  hardSigmoid6: ['HardSigmoid', 1 / 6, 0.5],
  elu: ['Elu', 1],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  leakyRelu: ['LeakyRelu', 0.2],
};

/** The activations of a layer as the operator takes them; undefined where it lacks one. */
function activationAttributes(layer: LayerDescription, { activations }: Cell): Attributes | undefined {
  const found = activations.map((argument) => functions[fusedActivationNamed(layer, argument)]);
  const known = found.filter((one) => one !== undefined);
  if (known.length < found.length) return undefined;
  const numbers = (place: 1 | 2) => ({ floats: known.flatMap((one) => one[place] ?? []) });
  return {
    activations: { strings: known.map(([name]) => name) },
    activation_alpha: numbers(1),
    activation_beta: numbers(2),
  };
}

/** (rows, gates · units) in the order of Keras → (gates · units, rows) in that of ONNX. */
function turnedGates(values: Float32Array, rows: number, units: number, gates: readonly number[]): Float32Array {
  const made = new Float32Array(values.length);
  gates.forEach((gate, place) => {
    for (let unit = 0; unit < units; unit++) {
      for (let row = 0; row < rows; row++) {
        made[(place * units + unit) * rows + row] = values[row * gates.length * units + gate * units + unit];
      }
    }
  });
  return made;
}

/** The weights of the operator: by the input, by the state, and the biases of both. */
function weightsOf(layer: LayerDescription, { gates }: Cell, to: GraphBuilder): string[] {
  const units = Number(layer.config.units);
  const width = gates.length * units;
  const matrix = ({ name, shape: [rows] }: LayerDescription['weights'][number]): string =>
    to.derived(`${name} turned`, [1, width, rows], () => turnedGates(to.values(name), rows, units, gates));
  const [kernel, recurrent, bias] = layer.weights;
  const matrices = [matrix(kernel), matrix(recurrent)];
  if (layer.config.useBias === false) return [...matrices, ''];
  const biases = to.derived(`${bias.name} turned`, [1, 2 * width], () => {
    const made = new Float32Array(2 * width);
    const values = to.values(bias.name);
    for (let row = 0; row * width < values.length; row++) {
      made.set(turnedGates(values.subarray(row * width, (row + 1) * width), 1, units, gates), row * width);
    }
    return made;
  });
  return [...matrices, biases];
}

/** What a recurrent layer makes: outputs of all steps in the order in which it gives them, and its states. */
type Made = (layer: LayerDescription, inputs: readonly OnnxValue[], to: GraphBuilder) => Scanned;

const recurrent =
  (cell: Cell): LayerForm =>
  (layer, inputs, to) => {
    const activations = activationAttributes(layer, cell);
    const make = activations === undefined ? scanned : operator(cell, activations);
    const { all, states } = make(layer, inputs, to);
    const [{ shape, mask }] = inputs;
    const units = Number(layer.config.units);
    const final = states.map((name) => ({ name, shape: [units] }));
    const sequence = { name: all, shape: [shape[0], units], ...(mask !== undefined && { mask }) };
    const y = layer.config.returnSequences === true ? sequence : final[0];
    return layer.config.returnState === true ? [y, ...final] : [y];
  };

/** A recurrent layer as an operator of ONNX. */
const operator =
  (cell: Cell, activations: Attributes): Made =>
  (layer, [x, ...initial], to) => {
    const isBackward = layer.config.goBackwards === true;
    const kept = x.mask === undefined ? undefined : keptFirst(x, x.mask, isBackward, to);
    const sources = [
      to.node('Transpose', [kept?.moved ?? x.name], { perm: [1, 0, 2] }),
      ...weightsOf(layer, cell, to),
      kept?.lengths ?? '',
      ...initial.map(({ name }) => to.node('Unsqueeze', [name, to.ints([0])])),
    ];
    const [all, ...last] = to.several(cell.op, sources, cell.op === 'LSTM' ? 3 : 2, {
      hidden_size: Number(layer.config.units),
      direction: isBackward && kept === undefined ? 'reverse' : 'forward',
      ...activations,
      ...cell.attributes?.(layer),
    });
    const states = last.map((name, i) => {
      const state = to.node('Squeeze', [name, to.ints([0])]);
      return kept?.unlessEmpty(state, initial[i]?.name) ?? state;
    });
    const outputs = to.node('Transpose', [to.node('Squeeze', [all, to.ints([1])])], { perm: [1, 0, 2] });
    const repeated = kept?.atAllSteps(outputs, initial[0]?.name) ?? outputs;
    // The operator leaves the outputs of a reversed direction in the order of time; kept steps come out as they are taken.
    const isTurned = isBackward && (kept === undefined) !== (layer.config.keepsTimeOrder === true);
    return { all: isTurned ? reversedSteps(repeated, x.shape[0], to) : repeated, states };
  };

const merges: Readonly<Record<string, string>> = { concat: 'Concatenate', sum: 'Add', ave: 'Average', mul: 'Multiply' };

const bidirectional: LayerForm = (layer, [x, ...initial], to, find) => {
  const half = initial.length / 2;
  const [forward, backward] = directionsOf(layer).map((direction, i) =>
    find(direction)(direction, [x, ...initial.slice(i * half, (i + 1) * half)], to, find),
  );
  const isSequence = wrappedIn(layer.config).config.returnSequences === true;
  const outputs = [forward[0], backward[0]].map((y) => (isSequence ? { ...y, name: withoutMaskedSteps(y, to) } : y));
  const mode = layer.config.mergeMode === undefined ? 'concat' : (layer.config.mergeMode as string | null);
  const outputShape = mode === 'concat' ? layer.outputShape : outputs[0].shape;
  const merged =
    mode === null ? outputs : mergingForms[merges[mode]]({ ...layer, outputShape, config: {} }, outputs, to, find);
  const { mask } = outputs[0];
  return [...merged.map((y) => (mask === undefined ? y : { ...y, mask })), ...forward.slice(1), ...backward.slice(1)];
};

export const recurrentForms: LayerForms = {
  SimpleRNN: recurrent({ op: 'RNN', gates: [0], activations: ['activation'] }),
  GRU: recurrent({
    op: 'GRU',
    gates: [0, 1, 2],
    activations: ['recurrentActivation', 'activation'],
    attributes: ({ config }) => ({ linear_before_reset: config.resetAfter === true ? 1 : 0 }),
  }),
  // Keras has the gates in the order i, f, c, o, ONNX in the order i, o, f, c.
  LSTM: recurrent({
    op: 'LSTM',
    gates: [0, 3, 1, 2],
    activations: ['recurrentActivation', 'activation', 'activation'],
  }),
  Bidirectional: bidirectional,
};
