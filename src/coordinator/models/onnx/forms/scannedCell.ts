import type { ActivationName } from '../../../../shared/kernels/activations.js';
import { fusedActivationNamed } from '../../../compiler/lower/activation.js';
import type { LayerDescription } from '../../../compiler/lower/description.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';
import { applyNamed } from './activations.js';
import { affine } from './dense.js';

/**
 * A recurrent layer of plain operators within a Scan, which walks over its steps: for activations that ONNX's own recurrent
 * operators lack.
 */
export interface Scanned {
  /** Outputs of all steps (N, T, units), in the order in which they are taken, or in that of time if the layer keeps it. */
  readonly all: string;
  /** The final output, and the final cell of an LSTM. */
  readonly states: readonly string[];
}

/** One step: from the input's products and the states before it to the states after it. */
type Step = (z: string, states: readonly string[]) => readonly string[];

export function scanned(layer: LayerDescription, [x, ...initial]: readonly OnnxValue[], to: GraphBuilder): Scanned {
  const units = Number(layer.config.units);
  const stepOf = cells[layer.type](layer, units, to);
  const count = layer.type === 'LSTM' ? 2 : 1;
  const begin = initial.length > 0 ? initial.map(({ name }) => name) : new Array(count).fill(zeros(x, units, to));
  const products = affine(x.name, to.weight(layer, 0), inputBias(layer, units, to), to);
  const inStepOrder = (name: string, perm: readonly number[]): string => to.node('Transpose', [name], { perm });
  const sequences = [inStepOrder(products, [1, 0, 2])];
  if (x.mask !== undefined) {
    sequences.push(to.node('Unsqueeze', [inStepOrder(x.mask, [1, 0]), to.ints([2])]));
  }
  const isBackward = layer.config.goBackwards === true ? 1 : 0;
  const keepsOrder = layer.config.keepsTimeOrder === true ? isBackward : 0;
  const made = to.several('Scan', [...begin, ...sequences], count + 1, {
    body: { body: bodyOf(stepOf, count, x.mask !== undefined, to) },
    num_scan_inputs: sequences.length,
    scan_input_directions: sequences.map(() => isBackward),
    scan_output_directions: [keepsOrder],
  });
  return { all: inStepOrder(made[count], [1, 0, 2]), states: made.slice(0, count) };
}

/** A step that is not there leaves the states as they are. */
function bodyOf(step: Step, count: number, isMasked: boolean, to: GraphBuilder) {
  const states = Array.from({ length: count }, () => to.entrance('state'));
  const [z, there] = [to.entrance('products'), to.entrance('there')];
  const { nodes, made } = to.within(() => {
    const after = step(z, states);
    const kept = isMasked ? after.map((state, i) => to.node('Where', [there, state, states[i]])) : after;
    // An output may not be given twice.
    return [...kept, to.node('Identity', [kept[0]])];
  });
  const float = (name: string) => ({ name, type: 'float32' }) as const;
  const inputs = [...states, z].map(float);
  return {
    nodes,
    inputs: isMasked ? [...inputs, { name: there, type: 'bool' } as const] : inputs,
    outputs: made.map(float),
  };
}

/** Zeros (N, units) for the rows of x. */
function zeros({ name }: OnnxValue, units: number, to: GraphBuilder): string {
  const rows = to.node('Shape', [name], { start: 0, end: 1 });
  const shape = to.node('Concat', [rows, to.ints([units])], { axis: 0 });
  return to.node('Expand', [to.floats(0), shape]);
}

/** The bias that enters the input's products: with resetAfter the first row of a GRU's. */
function inputBias(layer: LayerDescription, units: number, to: GraphBuilder): string | undefined {
  return layer.config.useBias === false ? undefined : biasRow(layer, 0, units, to);
}

function biasRow({ weights }: LayerDescription, row: number, units: number, to: GraphBuilder): string {
  const { name, shape } = weights[2];
  const length = shape[shape.length - 1];
  if (length % units !== 0) throw new Error(`A bias of ${length} for ${units} units`);
  return to.derived(`${name} row${row}`, [length], () => to.values(name).subarray(row * length, (row + 1) * length));
}

const cells: Readonly<Record<string, (layer: LayerDescription, units: number, to: GraphBuilder) => Step>> = {
  SimpleRNN: (layer, _, to) => {
    const { own, product } = partsOf(layer, to);
    return (z, [h]) => [own(to.node('Add', [z, product(h)]))];
  },

  GRU: (layer, units, to) => {
    const { own, gate, product } = partsOf(layer, to);
    const candidateOf = layer.config.resetAfter === true ? resetAfter(layer, units, to) : resetBefore(layer, units, to);
    return (z, [h]) => {
      const parts = split(z, 3, to);
      const { ofGates, candidate } = candidateOf(h, product);
      const [update, reset] = [0, 1].map((i) => gate(to.node('Add', [parts[i], ofGates[i]])));
      const made = own(to.node('Add', [parts[2], candidate(reset)]));
      const kept = to.node('Mul', [update, h]);
      return [to.node('Add', [kept, to.node('Mul', [to.node('Sub', [to.floats(1), update]), made])])];
    };
  },

  LSTM: (layer, _, to) => {
    const { own, gate, product } = partsOf(layer, to);
    return (z, [h, c]) => {
      const [i, f, g, o] = split(to.node('Add', [z, product(h)]), 4, to);
      const kept = to.node('Mul', [gate(f), c]);
      const cell = to.node('Add', [kept, to.node('Mul', [gate(i), own(g)])]);
      return [to.node('Mul', [gate(o), own(cell)]), cell];
    };
  },
};

/** The activations of a cell, and the product of its recurrent weights with a state. */
function partsOf(layer: LayerDescription, to: GraphBuilder) {
  const applied = (argument: string) => {
    const name: ActivationName = fusedActivationNamed(layer, argument);
    return (x: string): string => applyNamed(name, x, to);
  };
  return {
    own: applied('activation'),
    gate: applied('recurrentActivation'),
    product: (h: string): string => to.node('MatMul', [h, to.weight(layer, 1)]),
  };
}

function split(z: string, gates: number, to: GraphBuilder): readonly string[] {
  return to.several('Split', [z], gates, { axis: -1, num_outputs: gates });
}

/** What the state adds to both gates, and to the candidate, given the reset gate. */
interface Candidate {
  readonly ofGates: readonly string[];
  candidate(reset: string): string;
}

type CandidateOf = (h: string, product: (h: string) => string) => Candidate;

function resetAfter(layer: LayerDescription, units: number, to: GraphBuilder): CandidateOf {
  return (h, product) => {
    const plain = product(h);
    const biased = layer.config.useBias === false ? plain : to.node('Add', [plain, biasRow(layer, 1, units, to)]);
    const [update, reset, own] = split(biased, 3, to);
    return { ofGates: [update, reset], candidate: (gate) => to.node('Mul', [gate, own]) };
  };
}

/** The state is scaled by the reset gate before its product: the candidate has columns of its own. */
function resetBefore({ weights }: LayerDescription, units: number, to: GraphBuilder): CandidateOf {
  const { name } = weights[1];
  const columns = (first: number, count: number): string =>
    to.derived(`${name} columns${first}`, [units, count], () => {
      const values = to.values(name);
      return Float32Array.from({ length: units * count }, (_, i) => {
        return values[Math.floor(i / count) * 3 * units + first + (i % count)];
      });
    });
  return (h) => ({
    ofGates: split(to.node('MatMul', [h, columns(0, 2 * units)]), 2, to),
    candidate: (gate) => to.node('MatMul', [to.node('Mul', [gate, h]), columns(2 * units, units)]),
  });
}
