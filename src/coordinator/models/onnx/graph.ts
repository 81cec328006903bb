import type { LayerDescription } from '../../compiler/lower/description.js';
import { sizeOf } from '../../compiler/lower/description.js';
import { permuted } from './arrange.js';

/** The graph of an ONNX model as plain data; `write.ts` makes the file of it. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** The version of the standard operators. */
  readonly opset: number;
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A number is an int, as are those of a list. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly body: OnnxBody };

/** A graph within a node; it may read what is made before the node. */
export interface OnnxBody {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly Omit<OnnxPort, 'shape'>[];
  readonly outputs: readonly Omit<OnnxPort, 'shape'>[];
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** The numbers of TensorProto.DataType, as Cast takes them. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

export type ElementType = keyof typeof elementTypes;

export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int64';
  /** Made when they are written, as what is arranged anew is a copy. */
  readonly values: () => Float32Array | BigInt64Array;
}

/** What enters or leaves: its shape is that of one row. */
export interface OnnxPort {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** A tensor on its way through the graph: the batch is its first axis, `shape` the others. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
  /** The name of a bool for each step of the first axis, true where the step is there; absent where all are. */
  readonly mask?: string;
  /** float32 where absent. */
  readonly type?: 'int32';
}

/** How a weight is arranged: the axes in another order, then another shape. */
interface Arrangement {
  readonly order?: readonly number[];
  readonly shape?: readonly number[];
}

/** The operators that need no more than this version. */
const OPSET = 21;

/** Writes nodes and constants, each value under a name of its own. */
export class GraphBuilder {
  readonly constants: OnnxConstant[] = [];
  nodes: OnnxNode[] = [];
  opset = OPSET;
  readonly #weights: ReadonlyMap<string, Float32Array>;
  readonly #names: Set<string>;
  readonly #constantNames = new Map<string, string>();
  /** The NCHW form of values that are NHWC, by name. */
  readonly #channelsFirst = new Map<string, string>();
  /** Those of them that were made from it, and that nobody need read. */
  readonly #turned = new Set<string>();
  #scope = '';

  /** `names`: those that are taken. */
  constructor(weights: ReadonlyMap<string, Float32Array>, names: Iterable<string>) {
    this.#weights = weights;
    this.#names = new Set(names);
  }

  /** What is written next belongs to this layer. */
  enter(layer: string): void {
    this.#scope = layer;
  }

  /** A node of one output; returns its name. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.several(op, inputs, 1, attributes)[0];
  }

  /** A node of `count` outputs. */
  several(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): readonly string[] {
    const name = this.#ownName(`${this.#scope}/${op}`);
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : this.#ownName(`${name}:${i}`)));
    this.nodes.push({ op, name, inputs, outputs, attributes });
    return outputs;
  }

  /** A node whose output has a name that is given. */
  named(op: string, input: string, output: string): void {
    this.nodes.push({ op, name: this.#ownName(`${output}/${op}`), inputs: [input], outputs: [output], attributes: {} });
  }

  /** The nodes that `write` adds, for a graph within a node: names and constants are those of the whole. */
  within<T>(write: () => T): { readonly nodes: readonly OnnxNode[]; readonly made: T } {
    const outer = this.nodes;
    this.nodes = [];
    const made = write();
    const nodes = this.nodes;
    this.nodes = outer;
    return { nodes, made };
  }

  /** A name for what enters a graph within a node. */
  entrance(what: string): string {
    return this.#ownName(`${this.#scope}/${what}`);
  }

  /** A constant of float32; without a shape, a number. */
  floats(values: readonly number[] | number, shape: readonly number[] = []): string {
    const own = Float32Array.from([values].flat());
    return this.#constant('float32', own, shape);
  }

  /** A list of int64. */
  ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant('int64', BigInt64Array.from(values, BigInt), shape);
  }

  /** A weight of a layer, or what is made of it. */
  weight({ weights }: LayerDescription, index: number, { order, shape }: Arrangement = {}): string {
    const { name, shape: stored } = weights[index];
    const arranged = order?.map((axis) => stored[axis]) ?? stored;
    const own = order === undefined || order.every((axis, i) => axis === i);
    const values = (): Float32Array => (own ? this.values(name) : permuted(this.values(name), stored, order));
    return this.derived([name, ...(own ? [] : order)].join(' '), shape ?? arranged, values);
  }

  /** A constant that is computed from weights; `key` tells it from others. */
  derived(key: string, shape: readonly number[], values: () => Float32Array): string {
    const known = `${key} [${shape}]`;
    const name = this.#constantNames.get(known) ?? this.#ownName(key.split(' ')[0]);
    if (!this.#constantNames.has(known)) this.constants.push({ name, shape, type: 'float32', values });
    this.#constantNames.set(known, name);
    return name;
  }

  values(weight: string): Float32Array {
    const values = this.#weights.get(weight);
    if (values === undefined) throw new Error(`The weight ${weight} is missing`);
    return values;
  }

  /** An NHWC value (or NWC) with its channels behind the batch. */
  channelsFirst({ name, shape }: OnnxValue): string {
    const known = this.#channelsFirst.get(name);
    if (known !== undefined) return known;
    const rank = shape.length;
    const made = this.node('Transpose', [name], { perm: [0, rank, ...spatialAxes(rank)] });
    this.#channelsFirst.set(name, made);
    return made;
  }

  /** The NHWC value of one with its channels behind the batch; nobody need read it. */
  channelsLast(name: string, shape: readonly number[]): OnnxValue {
    const rank = shape.length;
    const made = this.node('Transpose', [name], { perm: [0, ...spatialAxes(rank).map((axis) => axis + 1), 1] });
    this.#channelsFirst.set(made, name);
    this.#turned.add(made);
    return { name: made, shape };
  }

  /** The same function of every element, of the value with its channels first where that is what there is. */
  elementwise(x: OnnxValue, apply: (name: string) => string): OnnxValue {
    if (!this.isTurned(x)) return { ...x, name: apply(x.name) };
    return { ...x, ...this.channelsLast(apply(this.channelsFirst(x)), x.shape) };
  }

  /** Whether a value was made with its channels first. */
  isTurned({ name }: OnnxValue): boolean {
    return this.#turned.has(name);
  }

  #constant(type: OnnxConstant['type'], values: Float32Array | BigInt64Array, shape: readonly number[]): string {
    if (sizeOf(shape) !== values.length) throw new Error(`${values.length} numbers do not fill [${shape}]`);
    const key = `${type} [${shape}] ${values}`;
    const known = this.#constantNames.get(key);
    if (known !== undefined) return known;
    const name = this.#ownName(`${this.#scope}/constant`);
    this.#constantNames.set(key, name);
    this.constants.push({ name, shape, type, values: () => values });
    return name;
  }

  #ownName(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }
}

function spatialAxes(rank: number): number[] {
  return Array.from({ length: rank - 1 }, (_, i) => i + 1);
}
