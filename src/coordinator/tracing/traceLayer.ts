import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { type TfLayer, tfc } from '../../shared/tfjs/tfjs.js';
import { type GraphNode, type GraphWriter, pruned } from './graph.js';
import { type Ends, madeUp, nodeIn, requireFloats, type Traced, traceOf } from './interpret.js';
import { Refusal } from './refusal.js';
import type { TapeWriter } from './tape.js';
import { sizeOf, type Value } from './values.js';

/** What a layer of the caller's does to one row, as plain data, and how gradients pass it. */
export interface TracedLayer {
  readonly inference: LayerGraph;
  readonly training: LayerGraph;
  /** Whether a mask of its input holds for its output too. */
  readonly passesMask: boolean;
  /** Shapes of one row of each input, which the graph is for. */
  readonly inputShapes: readonly (readonly number[])[];
}

/** The arguments are `input0`, `input1`, …, and for the gradients `outputGradient`. */
export interface LayerGraph {
  readonly nodes: readonly GraphNode[];
  readonly value: number;
  /** The gradient by each input. */
  readonly inputGradients: readonly number[];
  /** What a row adds to the gradient of each weight; −1 for one that is not trained or not read. */
  readonly weightGradients: readonly number[];
}

/** Traces a layer for inputs of these shapes of one row; throws a `Refusal` where that cannot be done. */
export function traceLayer(layer: TfLayer, inputShapes: readonly (readonly number[])[]): TracedLayer {
  requirePlain(layer);
  const pass = (training: boolean) =>
    traceOf((rows, writer) => callOnce(layer, shapesFor(rows, inputShapes), training, writer));
  const weights = layer.weights.map((weight) => ({
    size: sizeOf(weight.shape as number[]),
    trained: layer.trainableWeights.includes(weight),
  }));
  return keepingWeights(layer, () => ({
    inference: graphOf(pass(false), 0, weights),
    training: graphOf(pass(true), inputShapes.length, weights),
    passesMask: layer.supportsMasking,
    inputShapes,
  }));
}

/** A layer that assigns weights as it is called has changed them for numbers that are made up: it gets them back. */
function keepingWeights<T>(layer: TfLayer, call: () => T): T {
  const before = layer.weights.map((weight) => tfc.clone(weight.read()));
  try {
    return call();
  } finally {
    layer.weights.forEach((weight, i) => {
      if (weight.read().dataId !== before[i].dataId) weight.write(before[i]);
    });
    tfc.dispose(before);
  }
}

/** What a trace would not show. */
function requirePlain(layer: TfLayer): void {
  if (layer.stateful) throw new Refusal('it keeps a state from batch to batch');
  if (layer.losses.length > 0) throw new Refusal('it has a regularizer, which only layers of Lockstep’s own heed');
  const bound = layer.weights.find((weight) => (weight as { constraint?: unknown }).constraint);
  if (bound !== undefined) throw new Refusal(`its weight ${bound.originalName} has a constraint`);
}

function shapesFor(rows: number, shapes: readonly (readonly number[])[]): number[][] {
  return shapes.map((shape) => [rows, ...shape]);
}

function callOnce(layer: TfLayer, shapes: readonly number[][], training: boolean, writer: TapeWriter): Ends {
  const inputs = shapes.map((shape, i) => madeUp(shape, 3 + 2 * i));
  const named = Object.fromEntries(inputs.map((tensor, i) => [`input${i}`, writer.begin(tensor)]));
  const variables = layer.weights.map((weight) => weight.read() as Variable);
  const weights = variables.map((variable) => writer.begin(variable));
  const f = (): Tensor => requireSingle(withoutAssigning(layer, () => layer.apply(inputs, { training })));
  if (!training) return { arguments: named, weights, results: [writer.tensor(f())] };
  const { shape } = writer.unnoted(f);
  const dy = madeUp(shape, 7);
  const outputGradient = writer.begin(dy);
  const { value, grads } = tfc.engine().gradients(f, [...inputs, ...variables], dy, true);
  // Of what the output does not read there is no gradient, whatever the types say.
  const made: readonly (Tensor | undefined)[] = [value, ...grads];
  const results = made.map((tensor) => (tensor === undefined ? null : writer.tensor(tensor)));
  return { arguments: { ...named, outputGradient }, weights, results };
}

function requireSingle(made: unknown): Tensor {
  const outputs = Array.isArray(made) ? made : [made];
  if (outputs.length !== 1) throw new Refusal(`it has ${outputs.length} outputs`);
  return requireFloats(outputs[0]);
}

/** What a layer assigns is no result of the call, and nothing would see it. */
function withoutAssigning<T>(layer: TfLayer, call: () => T): T {
  const before = layer.weights.map((weight) => weight.read().dataId);
  const made = call();
  const changed = layer.weights.find((weight, i) => weight.read().dataId !== before[i]);
  if (changed === undefined) return made;
  throw new Refusal(`it assigns its weight ${changed.originalName} as it is called`);
}

/** The graph without what nothing needs; of inference, where there are no gradients, `inputs` is 0. */
export function graphOf(
  { graph, results }: Traced,
  inputs: number,
  weights: readonly { readonly size: number; readonly trained: boolean }[],
): LayerGraph {
  const [value, ...gradients] = results as readonly [Value, ...(Value | null)[]];
  if (value.kind !== 'row' || value.batch !== 0 || (value.power ?? 0) !== 0) {
    throw new Refusal('its output has no rows of its own for the rows of its input');
  }
  const byInputs = gradients.slice(0, inputs).map((gradient) => inputGradient(graph, gradient));
  const read = pruned(graph.nodes, [value.node]).nodes.filter(({ op }) => op === 'weight');
  const byWeights = gradients.slice(inputs).map((gradient, weight) => {
    const isRead = read.some((node) => node.op === 'weight' && node.weight === weight);
    if (!isRead || !weights[weight].trained) return -1;
    return weightGradient(graph, gradient, weights[weight].size);
  });
  const { nodes, ends } = pruned(graph.nodes, [value.node, ...byInputs, ...byWeights]);
  const [place, ...places] = ends;
  return { nodes, value: place, inputGradients: places.slice(0, inputs), weightGradients: places.slice(inputs) };
}

function inputGradient(graph: GraphWriter, gradient: Value | null): number {
  if (gradient === null) return -1;
  if (gradient.kind === 'mean' || gradient.kind === 'shared' || (gradient.power ?? 0) !== 0) {
    throw new Refusal('it mixes rows: the gradient of one depends on others');
  }
  return nodeIn(graph, gradient);
}

/** The gradient of a weight is the sum over the rows of what each adds. */
function weightGradient(graph: GraphWriter, gradient: Value | null, size: number): number {
  const zeros = (): number => graph.add({ op: 'constant', values: new Array<number>(size).fill(0), size });
  if (gradient === null || gradient.power === null) return zeros();
  if (gradient.kind === 'mean' && gradient.power === 1) return gradient.node;
  throw new Refusal('the gradient of a weight of its is no sum over rows');
}
