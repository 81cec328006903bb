import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { pruned, type TracedGraph } from './graph.js';
import { type Ends, madeUp, nodeIn, requireFloats, traceOf } from './interpret.js';
import { Refusal } from './refusal.js';
import type { TapeWriter } from './tape.js';
import { sizeOf, type Value } from './values.js';

/** A function of targets and predictions, both [rows, …output], to a number for each row, or the mean of those. */
export type TensorFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/**
 * The graph of a function of tensors, with its gradient by the predictions where it is a loss; `shape` is that of one row of
 * the output. Throws a `Refusal` where rows cannot be told apart or a kernel has no form.
 */
export function trace(given: TensorFunction, shape: readonly number[], isLoss: boolean): TracedGraph {
  const { graph, results } = traceOf((rows, writer) => callOnce(given, [rows, ...shape], isLoss, writer));
  const [value, gradient] = results as readonly [Value, Value | null];
  const valueShape = shapeOf(value);
  if (gradient !== null) requireOfRow(value, gradient);
  const wanted = [value.node, gradient === null ? -1 : nodeIn(graph, gradient)];
  const { nodes, ends } = pruned(graph.nodes, wanted);
  return { nodes, value: ends[0], valueShape, gradient: ends[1] };
}

function callOnce(given: TensorFunction, shape: readonly number[], isLoss: boolean, writer: TapeWriter): Ends {
  const [yTrue, yPred] = [madeUp(shape, 3), madeUp(shape, 5)];
  const [target, prediction] = [yTrue, yPred].map((tensor) => writer.begin(tensor));
  const f = (x: Tensor): Tensor => requireFloats(given(yTrue, x));
  const weights: Ends['weights'] = [];
  if (!isLoss) return { arguments: { target, prediction }, weights, results: [writer.tensor(f(yPred)), null] };
  const { shape: valueShape } = writer.unnoted(() => f(yPred));
  const dy = madeUp(valueShape, 7);
  const seed = writer.begin(dy);
  const { value, grad } = tfc.valueAndGrad(f)(yPred, dy);
  return { arguments: { target, prediction, seed }, weights, results: [writer.tensor(value), writer.tensor(grad)] };
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
