import { activations } from '../../../shared/kernels/activations.js';
import { binaryNames, reductions, unaryNames } from '../../../shared/kernels/elementwise.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import { type GraphNode, inputsOf, type TracedGraph } from '../../tracing/graph.js';
import { sizeOf } from './description.js';
import { weightShape } from './loss.js';
import { stridedArguments } from './strided.js';

/** Where the calls of a traced function find what they read, and put what they make. */
export interface TracedPlaces {
  readonly target: number;
  readonly prediction: number;
  /** What the gradient of each value begins with, and the gradient of the predictions; −1 for none. */
  readonly seed: number;
  readonly gradient: number;
  buffer(name: string, size: number): number;
  /** Offset of constants in the flat vector. */
  constant(values: readonly number[]): number;
}

/** A traced function as kernel calls. */
export interface LoweredFunction {
  /** The buffer of its values for a row. */
  readonly value: number;
  readonly valueCalls: readonly KernelCall[];
  /** Those that make the gradient of the seed, once the values are there; none where it is not wanted. */
  readonly gradientCalls: readonly KernelCall[];
}

export function lowerFunction(graph: TracedGraph, places: TracedPlaces): LoweredFunction {
  const function_ = new TracedFunction(graph, places);
  const value = function_.compute(graph.value);
  const valueCalls = function_.takeCalls();
  if (places.gradient >= 0) function_.computeInto(graph.gradient, places.gradient);
  return { value, valueCalls, gradientCalls: function_.takeCalls() };
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

/** Emits the calls of nodes, each once, in the order in which they are asked for. */
class TracedFunction {
  readonly #nodes: readonly GraphNode[];
  readonly #places: TracedPlaces;
  readonly #buffers = new Map<number, number>();
  #calls: KernelCall[] = [];

  constructor({ nodes }: TracedGraph, places: TracedPlaces) {
    this.#nodes = nodes;
    this.#places = places;
  }

  takeCalls(): KernelCall[] {
    const taken = this.#calls;
    this.#calls = [];
    return taken;
  }

  /** The buffer of a node's elements. */
  compute(node: number): number {
    const known = this.#buffers.get(node) ?? this.#argument(this.#nodes[node]);
    if (known !== null) return known;
    const y = this.#places.buffer('traced values', this.#nodes[node].size);
    this.#computeAt(node, y);
    return y;
  }

  /** The same where it is wanted in a certain buffer. */
  computeInto(node: number, y: number): void {
    const known = this.#buffers.get(node) ?? this.#argument(this.#nodes[node]);
    if (known === null) this.#computeAt(node, y);
    else this.#copy(known, y, this.#nodes[node].size);
  }

  #computeAt(node: number, y: number): void {
    for (const input of this.#read(node)) this.compute(input);
    this.#emit(this.#nodes[node], y);
    this.#buffers.set(node, y);
  }

  /** The nodes whose buffers a call reads: a constant that is multiplied as a weight is none of them. */
  #read(node: number): readonly number[] {
    const own = this.#nodes[node];
    return own.op === 'product' && this.#isWeight(own) ? [own.a] : inputsOf(own);
  }

  #argument(node: GraphNode): number | null {
    return node.op === 'argument' ? this.#places[node.argument] : null;
  }

  #at(node: number): number {
    return node < 0 ? -1 : this.compute(node);
  }

  #copy(x: number, y: number, size: number): void {
    this.#calls.push({ kernel: 'combine', args: { a: x, b: -1, y, size, alpha: 1, beta: 0 } });
  }

  #emit(node: GraphNode, y: number): void {
    const { size } = node;
    switch (node.op) {
      case 'argument':
        return;
      case 'constant':
        this.#calls.push({ kernel: 'repeatParameter', args: { w: this.#places.constant(node.values), y, size } });
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

  /** Whether b is one constant matrix for all groups, as a layer's weights are. */
  #isWeight({ b, groups, sharedB, transposeA }: ProductNode): boolean {
    return this.#nodes[b].op === 'constant' && (groups === 1 || sharedB) && !transposeA;
  }

  #weighted({ a, b, groups, rows, inner, columns, transposeB, sharedA }: ProductNode, y: number): KernelCall {
    const constant = this.#nodes[b] as Extract<GraphNode, { op: 'constant' }>;
    const [x, w] = [this.#at(a), this.#places.constant(constant.values)];
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

/** What an error would name a view by. */
const OWN = { name: 'of a traced function' };
