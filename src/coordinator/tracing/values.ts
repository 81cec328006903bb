import type { BinaryFunction, binaryFunctions, Reduction, UnaryFunction } from '../../shared/kernels/elementwise.js';
import type { GraphAxis, GraphNode, GraphWriter } from './graph.js';
import type { PairedKernel, PairedTensor } from './pair.js';
import { Refusal } from './refusal.js';

/** A tensor of a function, for one row. */
export interface Value {
  /** Constants have values, others a node. */
  readonly node: number;
  readonly values?: Float32Array;
  /** The shape for one row, with all axes; see `PairedTensor`. */
  readonly shape: readonly number[];
  readonly batch: number;
  /**
   * A `row` has numbers of its own; what follows from weights alone is `shared` by all rows; a `mean` is the same for all
   * rows too, but the node has what it is the mean of, so that only what is linear may follow.
   */
  readonly kind: 'constant' | 'shared' | 'row' | 'mean';
  /** The power of the number of rows that it is to be multiplied by; null for zeros, which fit any. */
  readonly power: number | null;
}

/** What a kernel makes of its inputs, as far as the graph is concerned. */
export type Made = Pick<Value, 'node' | 'kind' | 'power'>;

/** How a function treats its inputs; `any`: it is not linear. */
export type Rule = 'sum' | 'product' | 'quotient' | 'any';

/** A node, or one number for all elements. */
export type Operand = { readonly node: number; readonly number: number };

/** The mean over rows of what each row has made, times their number to a power: the same for all of them. */
export function overRows({ node, power }: Made, rows: number): Made {
  return { node, kind: 'mean', power: power === null ? null : power + rows };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** A kernel of TensorFlow.js with the values it is given: what forms are written over. */
export class Call {
  readonly kernel: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly PairedTensor[];
  readonly #inputs: Readonly<Record<string, Value>>;
  readonly #graph: GraphWriter;

  /** Rows of the batch of the first tape, whose attributes these are. */
  readonly rows: number;

  constructor(
    { kernel, attributes, outputs }: PairedKernel,
    inputs: Readonly<Record<string, Value>>,
    graph: GraphWriter,
    rows: number,
  ) {
    this.rows = rows;
    this.kernel = kernel;
    this.attributes = attributes;
    this.outputs = outputs;
    this.#inputs = inputs;
    this.#graph = graph;
  }

  /** The only output, or the first. */
  get output(): PairedTensor {
    return this.outputs[0];
  }

  get inputs(): readonly Value[] {
    return Object.values(this.#inputs);
  }

  input(name: string): Value {
    const found = this.#inputs[name];
    if (found === undefined) throw new Refusal(`${this.kernel} is called without ${name}`);
    return found;
  }

  attribute<T>(name: string, otherwise?: T): T {
    return (this.attributes[name] ?? otherwise) as T;
  }

  /** What this kernel does is in no kernel of Lockstep's. */
  missing(what: string): Refusal {
    return new Refusal(`kernel ${this.kernel} ${what}`);
  }

  /** The end of the sentence that this kernel would have rows meet. */
  mixing(how: string): Refusal {
    return new Refusal(`it mixes rows: ${this.kernel} ${how}`);
  }

  /** Kind and power of a result of these values. */
  made(node: number, values: readonly Value[], rule: Rule): Made {
    const powers = values.map(({ power }) => power);
    return { node, kind: this.#kindOf(values, rule), power: this.#powerOf(powers, rule) };
  }

  #kindOf(values: readonly Value[], rule: Rule): Value['kind'] {
    const means = values.filter(({ kind }) => kind === 'mean').length;
    const hasRow = values.some(({ kind }) => kind === 'row');
    if (means === 0) return !hasRow && values.some(({ kind }) => kind === 'shared') ? 'shared' : 'row';
    if (hasRow) throw this.mixing('takes a mean over rows and a row');
    const isLinear =
      rule === 'sum' || (rule === 'product' && means === 1) || (rule === 'quotient' && values[1].kind !== 'mean');
    if (!isLinear) throw this.mixing('is not linear in a mean over rows');
    return 'mean';
  }

  #powerOf(powers: readonly (number | null)[], rule: Rule): number | null {
    if (rule === 'product')
      return powers.includes(null) ? null : powers.reduce<number>((sum, power) => sum + (power ?? 0), 0);
    if (rule === 'quotient') return powers[0] === null ? null : powers[0] - (powers[1] ?? 0);
    const [first = null, ...others] = powers.filter((power) => power !== null);
    const fits = others.every((power) => power === first) && (rule === 'sum' || (first ?? 0) === 0);
    if (!fits) throw this.mixing('takes a number that grows with the rows of a batch');
    return rule === 'sum' ? first : 0;
  }

  /** The value as elements of the output's shape: repeated along axes where it has a single one. */
  operand(value: Value, output: PairedTensor = this.output): Operand {
    const { shape, batch, kind } = value;
    const missing = output.shape.length - shape.length;
    if (batch >= 0 && batch + missing !== output.batch)
      throw this.mixing('joins the rows of a batch with another axis');
    const strides = stridesOf(shape);
    const axes = output.shape.map((length, axis) => {
      const own = shape[axis - missing] ?? 1;
      return { length, stride: own === 1 ? 0 : strides[axis - missing] };
    });
    if (kind === 'constant') return this.constant(viewed(value.values as Float32Array, 0, axes));
    if (sizeOf(shape) === sizeOf(output.shape)) return { node: value.node, number: 0 };
    return { node: this.view(value.node, axes), number: 0 };
  }

  /** A number where all are the same. */
  constant(values: Float32Array): Operand {
    if (values.every((value) => Object.is(value, values[0]))) return { node: -1, number: values[0] };
    return { node: this.stored(values), number: 0 };
  }

  stored(values: Float32Array): number {
    return this.#graph.add({ op: 'constant', values: [...values], size: values.length });
  }

  /** The elements of a value in its own shape. */
  nodeOf({ node, kind, values }: Value): number {
    return kind === 'constant' ? this.stored(values as Float32Array) : node;
  }

  /** Whether a node is a weight as it stands in memory. */
  isWeight(node: number): boolean {
    return this.#graph.nodes[node]?.op === 'weight';
  }

  add(node: GraphNode): number {
    return this.#graph.add(node);
  }

  sizeOf(node: number): number {
    return this.#graph.nodes[node].size;
  }

  unary(name: UnaryFunction, x: number): number {
    return this.#graph.add({ op: 'unary', function: name, x, size: this.sizeOf(x) });
  }

  binary(name: BinaryFunction, left: Operand, right: Operand): number {
    if (right.node < 0 && isNeutral(name, right.number)) return left.node;
    if (left.node < 0 && (name === 'add' || name === 'mul') && isNeutral(name, left.number)) return right.node;
    const reversed = left.node < 0;
    const [a, b] = reversed ? [right, left] : [left, right];
    const size = this.sizeOf(a.node);
    return this.#graph.add({ op: 'binary', function: name, a: a.node, b: b.node, number: b.number, reversed, size });
  }

  select(condition: number, yes: Operand, no: Operand): number {
    const [a, b, aNumber, bNumber] = [yes.node, no.node, yes.number, no.number];
    return this.#graph.add({ op: 'select', condition, a, b, aNumber, bNumber, size: this.sizeOf(condition) });
  }

  reduce(reduction: Reduction, x: number, outer: number, length: number, inner: number): number {
    if (length === 1 && !reduction.startsWith('arg')) return x;
    return this.#graph.add({ op: 'reduce', reduction, x, outer, length, inner, size: outer * inner });
  }

  view(x: number, axes: readonly GraphAxis[], offset = 0): number {
    if (offset === 0 && isWhole(axes, this.sizeOf(x))) return x;
    return this.#graph.add({ op: 'view', x, offset, axes, size: sizeOf(axes.map(({ length }) => length)) });
  }

  scatter(x: number, size: number, axes: readonly GraphAxis[], offset: number): number {
    return this.#graph.add({ op: 'scatter', x, offset, axes, size });
  }

  join(parts: readonly number[], blocks: number): number {
    if (parts.length === 1) return parts[0];
    const size = parts.reduce((sum, part) => sum + this.sizeOf(part), 0);
    return this.#graph.add({ op: 'join', parts, blocks, size });
  }

  product(sizes: ProductSizes): number {
    return this.#graph.add({ op: 'product', ...sizes, size: sizes.groups * sizes.rows * sizes.columns });
  }

  /** One where an index is that along a new last axis of `depth`. */
  oneHot(indices: number, depth: number): number {
    const size = this.sizeOf(indices);
    const axes = [
      { length: size, stride: 1 },
      { length: depth, stride: 0 },
    ];
    const numbers = Float32Array.from({ length: size * depth }, (_, e) => e % depth);
    const repeated = { node: this.view(indices, axes), number: 0 };
    return this.binary('equal', repeated, { node: this.stored(numbers), number: 0 });
  }

  softmax(x: number, width: number): number {
    const size = this.sizeOf(x);
    return this.#graph.add({ op: 'softmax', x, groups: size / width, width, size });
  }
}

interface ProductSizes {
  readonly a: number;
  readonly b: number;
  readonly groups: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly sharedA: boolean;
  readonly sharedB: boolean;
}

/** Whether f(x, number) is x. */
function isNeutral(name: BinaryFunction, number: number): boolean {
  const neutral: Partial<Record<keyof typeof binaryFunctions, number>> = { add: 0, sub: 0, mul: 1, div: 1, pow: 1 };
  return neutral[name] === number;
}

/** Whether a view is of all elements in their order. */
function isWhole(axes: readonly GraphAxis[], size: number): boolean {
  const lengths = axes.map(({ length }) => length);
  const dense = stridesOf(lengths);
  return sizeOf(lengths) === size && axes.every(({ length, stride }, i) => length === 1 || stride === dense[i]);
}

function viewed(values: Float32Array, offset: number, axes: readonly GraphAxis[]): Float32Array {
  const lengths = axes.map(({ length }) => length);
  const dense = stridesOf(lengths);
  return Float32Array.from({ length: sizeOf(lengths) }, (_, e) => {
    const place = axes.reduce((at, { length, stride }, i) => at + (Math.floor(e / dense[i]) % length) * stride, offset);
    return values[place];
  });
}
