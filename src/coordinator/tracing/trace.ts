import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { pruned, type TracedGraph } from './graph.js';
import { type Ends, madeUp, nodeIn, requireFloats, traceOf } from './interpret.js';
import { Refusal } from './refusal.js';
import type { TapeWriter } from './tape.js';
import { sizeOf, type Value } from './values.js';

/** A function of targets and predictions, both [rows, …output], to a number for each row, or the mean of those. */
export type TensorFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** The same of the targets and the predictions of all outputs of a model, in their order. */
export type JointFunction = (yTrue: Tensor[], yPred: Tensor[]) => Tensor;

/**
 * The graph of a function of tensors, with its gradients by the predictions where it is a loss; `shapes` are those of one row of
 * each output that it is over. Throws a `Refusal` where rows cannot be told apart or a kernel has no form.
 */
export function traceOver(given: JointFunction, shapes: readonly (readonly number[])[], isLoss: boolean): TracedGraph {
  const perRow = (rows: number): number[][] => shapes.map((shape) => [rows, ...shape]);
  const { graph, results } = traceOf((rows, writer) => callOnce(given, perRow(rows), isLoss, writer));
  const [value, ...gradients] = results as readonly [Value, ...(Value | null)[]];
  const valueShape = shapeOf(value);
  const wanted = gradients.map((gradient, output) => {
    // The function does not look at this output.
    if (gradient === null) return nodeIn(graph, zeros(shapes[output]));
    requireOfRow(value, gradient);
    return nodeIn(graph, gradient);
  });
  const { nodes, ends } = pruned(graph.nodes, [value.node, ...wanted]);
  const [place, ...places] = ends;
  return { nodes, value: place, valueShape, gradients: places };
}

/** The same of a function of one output, of which `shape` is that of a row. */
export function trace(given: TensorFunction, shape: readonly number[], isLoss: boolean): TracedGraph {
  return traceOver(ofOneOutput(given), [shape], isLoss);
}

/** A function of one output as one of a list of outputs. */
export function ofOneOutput(given: TensorFunction): JointFunction {
  return ([yTrue], [yPred]) => given(yTrue, yPred);
}

function callOnce(given: JointFunction, shapes: readonly number[][], isLoss: boolean, writer: TapeWriter): Ends {
  const yTrue = shapes.map((shape, i) => madeUp(shape, 3 + 8 * i));
  const yPred = shapes.map((shape, i) => madeUp(shape, 5 + 8 * i));
  const named = (name: string, tensors: readonly Tensor[]) =>
    tensors.map((tensor, i) => [`${name}${i}`, writer.begin(tensor)] as const);
  const ends = [...named('target', yTrue), ...named('prediction', yPred)];
  const f = (...x: Tensor[]): Tensor => requireFloats(given(yTrue, x));
  const weights: Ends['weights'] = [];
  if (!isLoss) return { arguments: Object.fromEntries(ends), weights, results: [writer.tensor(f(...yPred))] };
  const { shape: valueShape } = writer.unnoted(() => f(...yPred));
  const dy = madeUp(valueShape, 7);
  const seed = writer.begin(dy);
  const { value, grads } = tfc.engine().gradients(() => f(...yPred), yPred, dy);
  const results = [value, ...grads].map((tensor) => (tensor ? writer.tensor(tensor) : null));
  return { arguments: { ...Object.fromEntries(ends), seed }, weights, results };
}

function zeros(shape: readonly number[]): Value {
  const values = new Float32Array(sizeOf(shape));
  return { node: -1, values, shape, batch: -1, kind: 'constant', power: null };
}

/** The shape of a function's values for one row; throws where they are not a row's own, or the mean of such. */
function shapeOf(value: Value): readonly number[] {
  if (value.kind === 'constant') throw new Refusal('its value does not depend on the predictions');
  if ((value.power ?? 0) !== 0) throw new Refusal('it sums over the rows of a batch; take the mean over them');
  if (value.kind === 'row' && value.batch < 0) throw new Refusal('its value has no axis of the batch');
  if (value.batch > 0) return [sizeOf(value.shape)];
  return value.batch === 0 && value.shape[0] === 1 ? value.shape.slice(1) : value.shape;
}

function requireOfRow(value: Value, gradient: Value): void {
  // Of the mean over rows, each row has its share.
  const expected = value.kind === 'mean' ? -1 : 0;
  if (gradient.kind === 'mean' || (gradient.power ?? expected) !== expected) {
    throw new Refusal('it mixes rows: the gradient of one depends on others');
  }
}
