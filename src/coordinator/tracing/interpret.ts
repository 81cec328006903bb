import type { Tensor } from '@tensorflow/tfjs-core';
import { firstLine } from '../../shared/files.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { formOfDraw } from './draws.js';
import { alongAxisForms } from './forms/alongAxis.js';
import { elementwiseForms } from './forms/elementwise.js';
import type { Forms } from './forms/form.js';
import { imageForms } from './forms/images.js';
import { productForms } from './forms/products.js';
import { reductionForms } from './forms/reductions.js';
import { shapeForms } from './forms/shapes.js';
import { GraphWriter } from './graph.js';
import { type PairedTensor, type RowTape, TapePair } from './pair.js';
import { record } from './recorder.js';
import { Refusal } from './refusal.js';
import type { NotedDraw, NotedTensor, TapeWriter } from './tape.js';
import { Call, sizeOf, type Value } from './values.js';

const forms: Forms = {
  ...elementwiseForms,
  ...reductionForms,
  ...alongAxisForms,
  ...shapeForms,
  ...productForms,
  ...imageForms,
};

/** Numbers of rows for which a function is recorded: powers of two, by which nothing is rounded. */
const ROWS = [4, 8] as const;

/** What a recording begins with and ends in. */
export interface Ends {
  /** What each row has of its own, by name. */
  readonly arguments: Readonly<Record<string, NotedTensor>>;
  /** What all rows share. */
  readonly weights: readonly NotedTensor[];
  /** Null for one that there is not. */
  readonly results: readonly (NotedTensor | null)[];
}

/** A function that is being traced: its graph as far as it is written, and what it ends in. */
export interface Traced {
  readonly graph: GraphWriter;
  readonly results: readonly (Value | null)[];
}

/**
 * Records a function for two numbers of rows and interprets what both tapes have in common. Throws a `Refusal` where rows
 * cannot be told apart or a kernel has no form.
 */
export function traceOf(call: (rows: number, writer: TapeWriter) => Ends): Traced {
  const [first, second] = ROWS.map((rows) => recordFor(rows, call));
  const pair = new TapePair(first, second);
  const graph = new GraphWriter();
  const values = new Map<number, Value>();
  for (const [argument, noted] of Object.entries(first.ends.arguments)) {
    const tensor = pair.tensor(argument, noted, second.ends.arguments[argument]);
    const node = graph.add({ op: 'argument', argument, size: sizeOf(tensor.shape) });
    values.set(tensor.id, { ...tensor, node, kind: 'row', power: 0 });
  }
  first.ends.weights.forEach((noted, weight) => {
    const tensor = pair.tensor('a weight', noted, second.ends.weights[weight]);
    const node = graph.add({ op: 'weight', weight, size: sizeOf(tensor.shape) });
    values.set(tensor.id, { ...tensor, node, kind: 'shared', power: 0 });
  });
  pair.draws().forEach(({ tensor, both }, draw) => {
    values.set(tensor.id, drawn(graph, tensor, both, draw));
  });
  const results = first.ends.results.map((noted, i) => {
    const other = second.ends.results[i];
    return noted === null || other === null ? null : pair.tensor('what it returns', noted, other);
  });
  interpret(
    pair,
    graph,
    values,
    results.filter((result) => result !== null),
  );
  return { graph, results: results.map((result) => result && valueFor(pair, values, result)) };
}

/** Random numbers as they were asked for: plain ones of the row's own, times a scale, moved. */
function drawn(graph: GraphWriter, tensor: PairedTensor, both: readonly [NotedDraw, NotedDraw], draw: number): Value {
  const { shift, scale } = formOfDraw(tensor, both);
  const size = sizeOf(tensor.shape);
  const [{ distribution }] = both;
  const plain = graph.add({ op: 'random', distribution, draw, size });
  const withNumber = (name: 'mul' | 'add', a: number, number: number): number =>
    graph.add({ op: 'binary', function: name, a, b: -1, number, reversed: false, size });
  const scaled = scale === 1 ? plain : withNumber('mul', plain, scale);
  const node = shift === 0 ? scaled : withNumber('add', scaled, shift);
  return { ...tensor, node, kind: 'row', power: 0 };
}

function recordFor(rows: number, call: (rows: number, writer: TapeWriter) => Ends): RowTape & { ends: Ends } {
  try {
    const { result, tape } = record((writer) => call(rows, writer));
    return { rows, tape, ends: result };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`for a batch of ${rows} rows it ends with: ${firstLine(error)}`);
  }
}

/** A tensor of numbers between 0.2 and 0.8, which most functions are defined for. */
export function madeUp(shape: readonly number[], step: number): Tensor {
  const numbers = Float32Array.from(
    { length: sizeOf(shape) },
    (_, e) => 0.2 + 0.6 * (((e + 1) * step * 0.0618033988) % 1),
  );
  return tfc.tensor(numbers, [...shape], 'float32');
}

export function requireFloats(made: unknown): Tensor {
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
  const needed = new Set(results.map(({ id }) => id));
  const used = pair
    .kernels()
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
      if (values.has(output.id)) return;
      const { kind } = made[i];
      values.set(output.id, { ...output, ...made[i], kind: kind === 'shared' && output.batch >= 0 ? 'row' : kind });
    });
  }
}

function valueFor(pair: TapePair, values: ReadonlyMap<number, Value>, tensor: PairedTensor): Value {
  return values.get(tensor.id) ?? { ...tensor, node: -1, kind: 'constant', ...pair.constant(tensor) };
}

/** The node of a value; a constant is written down. */
export function nodeIn(graph: GraphWriter, { kind, node, values, shape }: Value): number {
  if (kind !== 'constant') return node;
  return graph.add({ op: 'constant', values: [...(values as Float32Array)], size: sizeOf(shape) });
}
