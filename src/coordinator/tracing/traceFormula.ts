import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { type Ends, madeUp, traceOf } from './interpret.js';
import type { TapeWriter } from './tape.js';
import { graphOf, type LayerGraph } from './traceLayer.js';
import { sizeOf } from './values.js';

/** What a layer of Lockstep's own makes of its inputs, [rows, …], and its weights, written with TensorFlow.js's operations. */
export type Formula = (inputs: readonly Tensor[], weights: readonly Tensor[]) => Tensor;

/** Shapes of one row of each input, and those of the weights. */
export interface FormulaShapes {
  readonly inputs: readonly (readonly number[])[];
  /** Whether the gradient by each input is wanted. */
  readonly trained: readonly boolean[];
  readonly weights: readonly (readonly number[])[];
}

/** The graph of a formula, with its gradients by the inputs that are trained, and by all weights. */
export function traceFormula(formula: Formula, shapes: FormulaShapes): LayerGraph {
  const traced = traceOf((rows, writer) => callOnce(formula, shapes, rows, writer));
  const weights = shapes.weights.map((shape) => ({ size: sizeOf(shape), trained: true }));
  return graphOf(traced, shapes.inputs.length, weights);
}

function callOnce(formula: Formula, shapes: FormulaShapes, rows: number, writer: TapeWriter): Ends {
  const inputs = shapes.inputs.map((shape, i) => madeUp([rows, ...shape], 3 + 2 * i));
  const named = Object.fromEntries(inputs.map((tensor, i) => [`input${i}`, writer.begin(tensor)]));
  const variables = shapes.weights.map((shape, i) => madeUp(shape, 29 + 2 * i));
  const weights = variables.map((variable) => writer.begin(variable));
  const f = (): Tensor => formula(inputs, variables);
  const { shape } = writer.unnoted(f);
  const dy = madeUp(shape, 7);
  const outputGradient = writer.begin(dy);
  const given = [...inputs, ...variables];
  const wanted = given.filter((_, i) => shapes.trained[i] ?? true);
  const { value, grads } = differentiated(f, wanted, dy);
  const gradients = given.map((tensor) => grads[wanted.indexOf(tensor)] ?? null);
  const results = [value, ...gradients].map((tensor) => (tensor === null ? null : writer.tensor(tensor)));
  return { arguments: { ...named, outputGradient }, weights, results };
}

/** The value of a formula, and its gradients; TensorFlow.js refuses to make none. */
function differentiated(f: () => Tensor, by: Tensor[], dy: Tensor): { value: Tensor; grads: Tensor[] } {
  return by.length === 0 ? { value: f(), grads: [] } : tfc.engine().gradients(f, by, dy, true);
}
