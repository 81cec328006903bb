import { activations } from '../../../shared/kernels/activations.js';
import { binaryNames, reductions, unaryNames } from '../../../shared/kernels/elementwise.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import { type GraphNode, inputsOf, type TracedGraph } from '../../tracing/graph.js';
import { sizeOf } from './description.js';
import { weightShape } from './loss.js';
import { stridedArguments } from './strided.js';

/** Where the calls of a traced function find what they read. */
export interface TracedPlaces {
  /** Buffers of the arguments, by name. */
  readonly arguments: ReadonlyMap<string, number>;
  /** A new buffer of `size` elements a row. */
  buffer(size: number): number;
  /** Offset of constants in the flat vector. */
  constant(values: readonly number[]): number;
  /** Offset of a weight of the layer in the flat vector. */
  weight(index: number): number;
}

/** A traced loss or metric as kernel calls. */
export interface LoweredFunction {
  /** The buffer of its values for a row. */
  readonly value: number;
  readonly valueCalls: readonly KernelCall[];
  /** Those that make the gradient of the seed, once the values are there; none where it is not wanted. */
  readonly gradientCalls: readonly KernelCall[];
}

/** What a function reads, and where its gradient by the predictions is wanted; −1 for none. */
export interface FunctionPlaces extends Pick<TracedPlaces, 'constant'> {
  readonly target: number;
  readonly prediction: number;
  readonly seed: number;
  readonly gradient: number;
  buffer(name: string, size: number): number;
}

export function lowerFunction(graph: TracedGraph, places: FunctionPlaces): LoweredFunction {
  const { target, prediction, seed, gradient } = places;
  const calls = new TracedCalls(graph.nodes, {
    arguments: new Map(Object.entries({ target, prediction, seed })),
    buffer: (size) => places.buffer('traced values', size),
    constant: (values) => places.constant(values),
    weight: () => -1,
  });
  const value = calls.compute(graph.value);
  const valueCalls = calls.take();
  if (gradient >= 0) calls.computeInto(graph.gradient, gradient);
  return { value, valueCalls, gradientCalls: calls.take() };
}

/**
 * How the values of a function count for an output of `shape`: as `groups` of `size`, each group with a weight of its own
 * where the output has one for each step and so has the function, else all together.
 */
export function groupsOfValues({ valueShape }: TracedGraph, shape: readonly number[]) {
  const steps = weightShape(shape);
  const hasSteps = shape.length > 1 && steps.every((length, axis) => valueShape[axis] === length);
  const groups = hasSteps ? sizeOf(steps) : 1;
  return { groups, size: sizeOf(valueShape) / groups };
}

/** Collects the calls of nodes, each once, in the order in which they are asked for. */
export class TracedCalls {
  readonly #nodes: readonly GraphNode[];
  readonly #places: TracedPlaces;
  readonly #arguments: Map<string, number>;
  readonly #buffers = new Map<number, number>();
  #calls: KernelCall[] = [];

  constructor(nodes: readonly GraphNode[], places: TracedPlaces) {
    this.#nodes = nodes;
    this.#places = places;
    this.#arguments = new Map(places.arguments);
  }

  /** An argument that is known later than the others. */
  give(argument: string, buffer: number): void {
    this.#arguments.set(argument, buffer);
  }

  /** The calls since they were last taken. */
  take(): KernelCall[] {
    const taken = this.#calls;
    this.#calls = [];
    return taken;
  }

  /** The buffer of a node's elements. */
  compute(node: number): number {
    this.#computeAll(node);
    return this.#at(node);
  }

  /** The same where it is wanted in a certain buffer. */
  computeInto(node: number, y: number): void {
    if (this.#isThere(node)) {
      this.#calls.push({
        kernel: 'combine',
        args: { a: this.#at(node), b: -1, y, size: this.#nodes[node].size, alpha: 1, beta: 0 },
      });
      return;
    }
    this.#computeAll(node, y);
  }

  /** Sums what each row has over the rows, into the gradient of the weight at `w`. */
  sumInto(node: number, w: number): void {
    const own = this.#nodes[node];
    if (own.op === 'product' && isOuter(own)) {
      const sizes = { inner: own.inner, inputs: own.rows, units: own.columns };
      const [x, dy] = [this.compute(own.a), this.compute(own.b)];
      this.#calls.push({ kernel: 'denseWeightGradient', args: { x, dy, w, b: -1, ...sizes } });
      return;
    }
    const dy = this.compute(node);
    this.#calls.push({ kernel: 'biasGradient', args: { dy, b: w, inner: 1, channels: own.size } });
  }

  /** Emits what a node still needs, in the order of the nodes, and the node itself, into `y` where one is given. */
  #computeAll(end: number, y?: number): void {
    const needed = new Set([end]);
    for (let node = end; node >= 0; node--) {
      if (this.#isThere(node)) needed.delete(node);
      else if (needed.has(node)) for (const input of this.#read(node)) needed.add(input);
    }
    for (const node of [...needed].sort((a, b) => a - b)) {
      const { size } = this.#nodes[node];
      const place = node === end && y !== undefined ? y : this.#places.buffer(size);
      this.#emit(this.#nodes[node], place);
      this.#buffers.set(node, place);
    }
  }

  /** The nodes whose buffers a call reads: a constant that is multiplied as a weight is none of them. */
  #read(node: number): readonly number[] {
    const own = this.#nodes[node];
    return own.op === 'product' && this.#isWeight(own) ? [own.a] : inputsOf(own);
  }

  #isThere(node: number): boolean {
    return this.#buffers.has(node) || this.#nodes[node].op === 'argument';
  }

  /** The buffer of a node that is there; −1 for none. */
  #at(node: number): number {
    if (node < 0) return -1;
    const own = this.#nodes[node];
    return own.op === 'argument' ? (this.#arguments.get(own.argument) as number) : (this.#buffers.get(node) as number);
  }

  #emit(node: GraphNode, y: number): void {
    const { size } = node;
    switch (node.op) {
      case 'argument':
        return;
      case 'weight':
      case 'constant':
        this.#calls.push({ kernel: 'repeatParameter', args: { w: this.#parameter(node), y, size } });
        return;
      case 'unary': {
        const args = { x: this.#at(node.x), y, size, function: unaryNames.indexOf(node.function) };
        this.#calls.push({ kernel: 'unary', args });
        return;
      }
      case 'binary': {
        const [a, b] = [this.#at(node.a), this.#at(node.b)];
        const own = {
          function: binaryNames.indexOf(node.function),
          number: node.number,
          reversed: Number(node.reversed),
        };
        this.#calls.push({ kernel: 'binary', args: { a, b, y, size, ...own } });
        return;
      }
      case 'select': {
        const [condition, a, b] = [node.condition, node.a, node.b].map((place) => this.#at(place));
        const { aNumber, bNumber } = node;
        this.#calls.push({ kernel: 'select', args: { condition, a, b, y, size, aNumber, bNumber } });
        return;
      }
      case 'reduce': {
        const { outer, length, inner } = node;
        const reduction = reductions.indexOf(node.reduction);
        this.#calls.push({ kernel: 'reduceAxis', args: { x: this.#at(node.x), y, outer, length, inner, reduction } });
        return;
      }
      case 'view': {
        const view = { size: this.#nodes[node.x].size, offset: node.offset, axes: node.axes };
        this.#calls.push({ kernel: 'stridedCopy', args: { x: this.#at(node.x), y, ...stridedArguments(OWN, view) } });
        return;
      }
      case 'scatter': {
        const view = { size, offset: node.offset, axes: node.axes };
        this.#calls.push({ kernel: 'stridedSum', args: { y: this.#at(node.x), x: y, ...stridedArguments(OWN, view) } });
        return;
      }
      case 'join':
        this.#join(node.parts, node.blocks, size, y);
        return;
      case 'product':
        this.#calls.push(this.#isWeight(node) ? this.#weighted(node, y) : this.#product(node, y));
        return;
      case 'softmax': {
        const args = { x: this.#at(node.x), y, groups: node.groups, size: node.width };
        this.#calls.push({ kernel: 'softmaxForward', args });
        return;
      }
    }
  }

  #join(parts: readonly number[], blocks: number, whole: number, y: number): void {
    let yStart = 0;
    for (const part of parts) {
      const size = this.#nodes[part].size / blocks;
      const places = { xStride: size, xStart: 0, yStride: whole / blocks, yStart };
      this.#calls.push({ kernel: 'copyBlocks', args: { x: this.#at(part), y, blocks, size, ...places } });
      yStart += size;
    }
  }

  /** Whether b is one matrix for all rows and groups, in the flat vector. */
  #isWeight({ b, groups, sharedB, transposeA }: ProductNode): boolean {
    return isParameter(this.#nodes[b]) && (groups === 1 || sharedB) && !transposeA;
  }

  #parameter(node: ParameterNode): number {
    return node.op === 'weight' ? this.#places.weight(node.weight) : this.#places.constant(node.values);
  }

  #weighted({ a, b, groups, rows, inner, columns, transposeB, sharedA }: ProductNode, y: number): KernelCall {
    const [x, w] = [this.#at(a), this.#parameter(this.#nodes[b] as ParameterNode)];
    const sizes = { inner: sharedA ? rows : groups * rows, activation: activations.indexOf('linear') };
    // The gradient of a layer's inputs is a product with the transpose of its weights.
    return transposeB
      ? { kernel: 'denseInputGradient', args: { dy: x, w, x: y, dx: y, inputs: columns, units: inner, ...sizes } }
      : { kernel: 'denseForward', args: { x, w, b: -1, y, inputs: inner, units: columns, ...sizes } };
  }

  #product(node: ProductNode, y: number): KernelCall {
    const { groups, rows, inner, columns, transposeA, transposeB, sharedA, sharedB } = node;
    const [aRow, aTerm] = transposeA ? [1, rows] : [inner, 1];
    const [bTerm, bColumn] = transposeB ? [1, inner] : [columns, 1];
    const ofA = { aSize: this.#nodes[node.a].size, aGroup: sharedA ? 0 : rows * inner, aRow, aTerm };
    const ofB = { bSize: this.#nodes[node.b].size, bGroup: sharedB ? 0 : inner * columns, bTerm, bColumn };
    const ofY = { ySize: node.size, yGroup: rows * columns, yRow: columns, scale: 1 };
    const args = { a: this.#at(node.a), b: this.#at(node.b), y, groups, rows, inner, columns, ...ofA, ...ofB, ...ofY };
    return { kernel: 'matrixProduct', args };
  }
}

type ProductNode = Extract<GraphNode, { op: 'product' }>;
type ParameterNode = Extract<GraphNode, { op: 'weight' | 'constant' }>;

function isParameter(node: GraphNode): node is ParameterNode {
  return node.op === 'weight' || node.op === 'constant';
}

/** Whether a product is aᵀ · b of dense matrices, as a layer's weights have for their gradient. */
function isOuter({ groups, transposeA, transposeB }: ProductNode): boolean {
  return groups === 1 && transposeA && !transposeB;
}

/** What an error would name a view by. */
const OWN = { name: 'of a traced function' };
