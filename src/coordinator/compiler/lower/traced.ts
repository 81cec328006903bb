import { userError } from '../../../shared/errors.js';
import { activations } from '../../../shared/kernels/activations.js';
import { binaryNames, reductions, unaryNames } from '../../../shared/kernels/elementwise.js';
import { distributions } from '../../../shared/kernels/table/random.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import { type GraphNode, inputsOf } from '../../tracing/graph.js';
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
  /** A number that no other draw of the program has: keys random numbers. */
  draw(): number;
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
    if (own.op === 'convolutionFilter') {
      const { windows, filters } = own;
      const [x, dy] = [this.compute(own.x), this.compute(own.dy)];
      this.#calls.push({ kernel: 'conv2dWeightGradient', args: { x, dy, w, b: -1, ...windows, filters } });
      return;
    }
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
    if (own.op === 'convolution') return [own.x];
    if (own.op === 'convolutionInput') return [own.dy];
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
      case 'random': {
        const distribution = distributions.indexOf(node.distribution);
        this.#calls.push({ kernel: 'randomRows', args: { y, size, distribution, layer: this.#places.draw() } });
        return;
      }
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
      case 'convolution':
      case 'convolutionInput':
      case 'convolutionFilter':
        this.#calls.push(this.#convolution(node, y));
        return;
      case 'pool': {
        const args = { x: this.#at(node.x), y, ...node.windows };
        this.#calls.push({ kernel: node.isMax ? 'maxPool2dForward' : 'averagePool2dForward', args });
        return;
      }
      case 'poolGradient': {
        const args = { x: this.#at(node.x), dy: this.#at(node.dy), dx: y, ...node.windows, activation: LINEAR };
        const shared = 0;
        this.#calls.push(
          node.y < 0
            ? { kernel: 'averagePool2dBackward', args }
            : { kernel: 'maxPool2dBackward', args: { ...args, y: this.#at(node.y), shared } },
        );
        return;
      }
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

  #convolution(node: ConvolutionNode, y: number): KernelCall {
    const { windows, filters } = node;
    if (node.op === 'convolutionFilter') {
      throw userError(
        'UNSUPPORTED_LAYER',
        'The gradient of a filter is computed with, which does not lower to kernels; let a layer use its filters as they are.',
      );
    }
    const w = this.#parameter(this.#nodes[node.w] as ParameterNode);
    const shared = { w, ...windows, filters, activation: LINEAR };
    return node.op === 'convolution'
      ? { kernel: 'conv2dForward', args: { x: this.#at(node.x), y, b: -1, ...shared } }
      : { kernel: 'conv2dInputGradient', args: { dy: this.#at(node.dy), x: y, dx: y, ...shared } };
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
    const sizes = { inner: sharedA ? rows : groups * rows, activation: LINEAR };
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
type ConvolutionNode = Extract<GraphNode, { op: 'convolution' | 'convolutionInput' | 'convolutionFilter' }>;
type ParameterNode = Extract<GraphNode, { op: 'weight' | 'constant' }>;

function isParameter(node: GraphNode): node is ParameterNode {
  return node.op === 'weight' || node.op === 'constant';
}

/** Whether a product is aᵀ · b of dense matrices, as a layer's weights have for their gradient. */
function isOuter({ groups, transposeA, transposeB }: ProductNode): boolean {
  return groups === 1 && transposeA && !transposeB;
}

const LINEAR = activations.indexOf('linear');

/** What an error would name a view by. */
const OWN = { name: 'of a traced function' };
