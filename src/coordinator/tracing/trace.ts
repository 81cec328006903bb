import type { Tensor } from '@tensorflow/tfjs-core';
import { firstLine } from '../../shared/files.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { elementwiseForms } from './forms/elementwise.js';
import type { Forms } from './forms/form.js';
import { productForms } from './forms/products.js';
import { reductionForms } from './forms/reductions.js';
import { shapeForms } from './forms/shapes.js';
import { type GraphArgument, type GraphNode, GraphWriter, inputsOf, type TracedGraph, withInputs } from './graph.js';
import { type PairedTensor, type RowTape, TapePair } from './pair.js';
import { record } from './recorder.js';
import { Refusal } from './refusal.js';
import type { NotedTensor, TapeWriter } from './tape.js';
import { Call, sizeOf, type Value } from './values.js';

/** A function of targets and predictions, both [rows, …output], to a number for each row, or the mean of those. */
export type TensorFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

const forms: Forms = { ...elementwiseForms, ...reductionForms, ...shapeForms, ...productForms };

/** Numbers of rows for which a function is recorded: powers of two, by which nothing is rounded. */
const ROWS = [4, 8] as const;

/** What a recording begins with and ends in. */
interface Ends {
  readonly arguments: Readonly<Partial<Record<GraphArgument, NotedTensor>>>;
  readonly value: NotedTensor;
  /** Null for a metric. */
  readonly gradient: NotedTensor | null;
}

/**
 * The graph of a function of tensors, with its gradient by the predictions where it is a loss; `shape` is that of one row of
 * the output. Throws a `Refusal` where rows cannot be told apart or a kernel has no form.
 */
export function trace(given: TensorFunction, shape: readonly number[], isLoss: boolean): TracedGraph {
  const [first, second] = ROWS.map((rows) => recordFor(given, shape, rows, isLoss));
  const pair = new TapePair(first, second);
  const paired = (name: string, one: NotedTensor, other: NotedTensor) => pair.tensor(name, one, other);
  const graph = new GraphWriter();
  const values = new Map<number, Value>();
  for (const [argument, noted] of Object.entries(first.ends.arguments) as [GraphArgument, NotedTensor][]) {
    const tensor = paired(argument, noted, second.ends.arguments[argument] as NotedTensor);
    const node = graph.add({ op: 'argument', argument, size: sizeOf(tensor.shape) });
    values.set(tensor.id, { ...tensor, node, kind: 'row', power: 0 });
  }
  const value = paired('its value', first.ends.value, second.ends.value);
  const gradient =
    first.ends.gradient && paired('its gradient', first.ends.gradient, second.ends.gradient as NotedTensor);
  interpret(
    pair,
    graph,
    values,
    [value, gradient].filter((end) => end !== null),
  );
  return finished(graph, valueFor(pair, values, value), gradient && valueFor(pair, values, gradient));
}

/** Records a function for so many rows. */
function recordFor(
  given: TensorFunction,
  shape: readonly number[],
  rows: number,
  isLoss: boolean,
): RowTape & { ends: Ends } {
  try {
    const { result, tape } = record((writer) => callOnce(given, [rows, ...shape], isLoss, writer));
    return { rows, tape, ends: result };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`for a batch of ${rows} rows it ends with: ${firstLine(error)}`);
  }
}

function callOnce(given: TensorFunction, shape: number[], isLoss: boolean, writer: TapeWriter): Ends {
  const [yTrue, yPred] = [3, 5].map((step) => tfc.tensor(numbers(sizeOf(shape), step), shape, 'float32'));
  const [target, prediction] = [yTrue, yPred].map((tensor) => writer.begin(tensor));
  const f = (x: Tensor): Tensor => requireFloats(given(yTrue, x));
  if (!isLoss) return { arguments: { target, prediction }, value: writer.tensor(f(yPred)), gradient: null };
  const { shape: valueShape } = writer.unnoted(() => f(yPred));
  const dy = tfc.tensor(numbers(sizeOf(valueShape), 7), valueShape, 'float32');
  const seed = writer.begin(dy);
  const { value, grad } = tfc.valueAndGrad(f)(yPred, dy);
  return { arguments: { target, prediction, seed }, value: writer.tensor(value), gradient: writer.tensor(grad) };
}

/** Numbers between 0.2 and 0.8, which most functions are defined for. */
function numbers(count: number, step: number): Float32Array {
  return Float32Array.from({ length: count }, (_, e) => 0.2 + 0.6 * (((e + 1) * step * 0.0618033988) % 1));
}

function requireFloats(made: unknown): Tensor {
  if (made instanceof Promise) {
    made.catch(() => {});
    throw new Refusal('it returns a promise, where a tensor is needed at once');
  }
  if (!(made instanceof tfc.Tensor)) throw new Refusal(`it returns ${typeof made}, which is no tensor`);
  return made.dtype === 'float32' ? made : tfc.cast(made, 'float32');
}

/** Gives each tensor that the results need its value, kernel by kernel. */
function interpret(
  pair: TapePair,
  graph: GraphWriter,
  values: Map<number, Value>,
  results: readonly PairedTensor[],
): void {
  const kernels = pair.kernels();
  const needed = new Set(results.map(({ id }) => id));
  const used = kernels
    .toReversed()
    .filter(({ inputs, outputs }) => {
      const isUsed = outputs.some(({ id }) => needed.has(id));
      if (isUsed) for (const { id } of Object.values(inputs)) needed.add(id);
      return isUsed;
    })
    .toReversed();
  for (const kernel of used) {
    const form = forms[kernel.kernel];
    if (form === undefined) throw new Refusal(`Lockstep has no form of the kernel ${kernel.kernel}`);
    const inputs = Object.entries(kernel.inputs).map(
      ([name, tensor]) => [name, valueFor(pair, values, tensor)] as const,
    );
    const made = [form(new Call(kernel, Object.fromEntries(inputs), graph, ROWS[0]))].flat();
    kernel.outputs.forEach((output, i) => {
      // The same elements in the same shape are what they were.
      if (!values.has(output.id)) values.set(output.id, { ...output, ...made[i] });
    });
  }
}

function valueFor(pair: TapePair, values: ReadonlyMap<number, Value>, tensor: PairedTensor): Value {
  return values.get(tensor.id) ?? { ...tensor, node: -1, kind: 'constant', ...pair.constant(tensor) };
}

/** The graph of what is needed, once it is known to be of single rows. */
function finished(graph: GraphWriter, value: Value, gradient: Value | null): TracedGraph {
  if (value.kind === 'constant') throw new Refusal('its value does not depend on the predictions');
  if ((value.power ?? 0) !== 0) throw new Refusal('it sums over the rows of a batch; take the mean over them');
  if (value.kind === 'row' && value.batch < 0) throw new Refusal('its value has no axis of the batch');
  const shape = value.batch === 0 && value.shape[0] === 1 ? value.shape.slice(1) : value.shape;
  const valueShape = value.batch > 0 ? [sizeOf(shape)] : shape;
  if (gradient === null) return pruned(graph.nodes, value.node, valueShape, -1);
  // Of the mean over rows, each row has its share.
  const expected = value.kind === 'mean' ? -1 : 0;
  if (gradient.kind === 'mean' || (gradient.power ?? expected) !== expected) {
    throw new Refusal('it mixes rows: the gradient of one depends on others');
  }
  const node =
    gradient.kind === 'constant'
      ? graph.add({ op: 'constant', values: [...(gradient.values as Float32Array)], size: sizeOf(gradient.shape) })
      : gradient.node;
  return pruned(graph.nodes, value.node, valueShape, node);
}

/** Without the nodes that neither value nor gradient needs. */
function pruned(
  nodes: readonly GraphNode[],
  value: number,
  valueShape: readonly number[],
  gradient: number,
): TracedGraph {
  const needed = new Set([value, gradient]);
  for (let node = nodes.length - 1; node >= 0; node--) {
    if (needed.has(node)) for (const input of inputsOf(nodes[node])) needed.add(input);
  }
  const places = new Map<number, number>([[-1, -1]]);
  const kept: GraphNode[] = [];
  nodes.forEach((node, place) => {
    if (!needed.has(place)) return;
    places.set(place, kept.push(withInputs(node, (input) => places.get(input) as number)) - 1);
  });
  return { nodes: kept, value: places.get(value) as number, valueShape, gradient: places.get(gradient) as number };
}
