import type { BinaryFunction, Reduction, UnaryFunction } from '../../shared/kernels/elementwise.js';
import type { Distribution } from '../../shared/kernels/table/random.js';

/**
 * What a caller's function does to one row, as plain data: nodes in the order in which they can be computed. All are dense
 * records of `size` elements, whose shapes nothing here needs. A node names others by their positions.
 */
export type GraphNode = { readonly size: number } & (
  | { readonly op: 'argument'; readonly argument: string }
  /** A weight of the layer, by its position. */
  | { readonly op: 'weight'; readonly weight: number }
  | { readonly op: 'constant'; readonly values: readonly number[] }
  /** Random numbers of its own for each row and each of the function's draws. */
  | { readonly op: 'random'; readonly distribution: Distribution; readonly draw: number }
  | { readonly op: 'unary'; readonly function: UnaryFunction; readonly x: number }
  /** With b −1 the number stands for it, or for a where `reversed`. */
  | {
      readonly op: 'binary';
      readonly function: BinaryFunction;
      readonly a: number;
      readonly b: number;
      readonly number: number;
      readonly reversed: boolean;
    }
  /** With a or b −1 a number stands for it. */
  | {
      readonly op: 'select';
      readonly condition: number;
      readonly a: number;
      readonly b: number;
      readonly aNumber: number;
      readonly bNumber: number;
    }
  /** Over the middle axis of (outer, length, inner). */
  | {
      readonly op: 'reduce';
      readonly reduction: Reduction;
      readonly x: number;
      readonly outer: number;
      readonly length: number;
      readonly inner: number;
    }
  /** The elements of x at offset + Σ index · stride, for every index. */
  | { readonly op: 'view'; readonly x: number; readonly offset: number; readonly axes: readonly GraphAxis[] }
  /** The transpose of such a view: zero where it does not lead. */
  | { readonly op: 'scatter'; readonly x: number; readonly offset: number; readonly axes: readonly GraphAxis[] }
  /** Parts side by side, in each of `blocks` blocks. */
  | { readonly op: 'join'; readonly parts: readonly number[]; readonly blocks: number }
  /** y (groups, rows, columns) = a (groups, rows, inner) · b (groups, inner, columns), each stored so or as its transpose. */
  | {
      readonly op: 'product';
      readonly a: number;
      readonly b: number;
      readonly groups: number;
      readonly rows: number;
      readonly inner: number;
      readonly columns: number;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      /** Whether all groups share the one matrix there is. */
      readonly sharedA: boolean;
      readonly sharedB: boolean;
    }
  /** Over the last axis of (groups, width). */
  | { readonly op: 'softmax'; readonly x: number; readonly groups: number; readonly width: number }
  /** Of images x by filters w, a weight or a constant; the gradient by the images; what a row adds to that of the filters. */
  | {
      readonly op: 'convolution';
      readonly x: number;
      readonly w: number;
      readonly windows: ImageWindows;
      readonly filters: number;
    }
  | {
      readonly op: 'convolutionInput';
      readonly dy: number;
      readonly w: number;
      readonly windows: ImageWindows;
      readonly filters: number;
    }
  | {
      readonly op: 'convolutionFilter';
      readonly x: number;
      readonly dy: number;
      readonly windows: ImageWindows;
      readonly filters: number;
    }
  /** The largest or the mean of each window, and the gradient; with y −1 that of the mean. */
  | { readonly op: 'pool'; readonly x: number; readonly isMax: boolean; readonly windows: ImageWindows }
  | {
      readonly op: 'poolGradient';
      readonly x: number;
      readonly y: number;
      readonly dy: number;
      readonly windows: ImageWindows;
    }
);

/** Windows over images, NHWC, as kernels over images take them; see `table/images.ts`. */
export interface ImageWindows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

export type GraphAxis = { readonly length: number; readonly stride: number };

/**
 * A function of the arguments `target0`, `target1`, … and `prediction0`, `prediction1`, …, those of the outputs that it is over, as
 * plain data; `seed` is what the gradient of each of its values begins with.
 */
export interface TracedGraph {
  readonly nodes: readonly GraphNode[];
  /** The node of the function's values for one row, and their shape. */
  readonly value: number;
  readonly valueShape: readonly number[];
  /** The node of Σ seed · ∂value/∂prediction for each output; none for a metric. */
  readonly gradients: readonly number[];
}

/** Writes nodes; one that is there already is not written again. */
export class GraphWriter {
  readonly nodes: GraphNode[] = [];
  readonly #places = new Map<string, number>();

  add(node: GraphNode): number {
    const key = JSON.stringify(node, exactly);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.nodes.push(node) - 1;
    this.#places.set(key, place);
    return place;
  }
}

/** JSON has neither NaN nor the infinities, nor −0. */
function exactly(_: string, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) && !Object.is(value, -0) ? value : `number ${Object.is(value, -0) ? '-0' : value}`;
}

/** The nodes that a node reads. */
export function inputsOf(node: GraphNode): readonly number[] {
  return allInputsOf(node).filter((input) => input >= 0);
}

/** The same with −1 for those that there are not. */
function allInputsOf(node: GraphNode): readonly number[] {
  const read: number[] = [];
  withInputs(node, (input) => read.push(input));
  return read;
}

/** The node with others in place of those that it reads. */
export function withInputs(node: GraphNode, place: (input: number) => number): GraphNode {
  switch (node.op) {
    case 'argument':
    case 'weight':
    case 'constant':
    case 'random':
      return node;
    case 'binary':
    case 'product':
      return { ...node, a: place(node.a), b: place(node.b) };
    case 'select':
      return { ...node, condition: place(node.condition), a: place(node.a), b: place(node.b) };
    case 'convolution':
      return { ...node, x: place(node.x), w: place(node.w) };
    case 'convolutionInput':
      return { ...node, dy: place(node.dy), w: place(node.w) };
    case 'convolutionFilter':
      return { ...node, x: place(node.x), dy: place(node.dy) };
    case 'poolGradient':
      return { ...node, x: place(node.x), y: place(node.y), dy: place(node.dy) };
    case 'join':
      return { ...node, parts: node.parts.map(place) };
    default:
      return { ...node, x: place(node.x) };
  }
}

/** Without the nodes that none of `ends` needs; and the places of those, −1 for −1. */
export function pruned(nodes: readonly GraphNode[], ends: readonly number[]): { nodes: GraphNode[]; ends: number[] } {
  const needed = new Set(ends);
  for (let node = nodes.length - 1; node >= 0; node--) {
    if (needed.has(node)) for (const input of inputsOf(nodes[node])) needed.add(input);
  }
  const places = new Map<number, number>([[-1, -1]]);
  const kept: GraphNode[] = [];
  nodes.forEach((node, place) => {
    if (!needed.has(place)) return;
    places.set(place, kept.push(withInputs(node, (input) => places.get(input) as number)) - 1);
  });
  return { nodes: kept, ends: ends.map((end) => places.get(end) as number) };
}

/** Most elements that a row of a node may have: beyond them there is no memory for a batch. */
const MOST_ELEMENTS = 2 ** 31;

/** Whether something that comes from a file is a graph whose nodes follow those that they read. */
export function isTracedGraph(given: unknown): given is TracedGraph {
  const { nodes, value, gradients, valueShape } = (given ?? {}) as Partial<TracedGraph>;
  if (!Array.isArray(nodes) || !Array.isArray(gradients) || !Array.isArray(valueShape)) return false;
  const isPlace = (place: unknown, from: number, to: number): boolean =>
    Number.isInteger(place) && (place as number) >= from && (place as number) < to;
  const isSound = (node: GraphNode, position: number): boolean =>
    typeof node === 'object' &&
    node !== null &&
    isPlace(node.size, 1, MOST_ELEMENTS) &&
    (node.op !== 'constant' || (Array.isArray(node.values) && node.values.length === node.size)) &&
    (node.op !== 'join' || Array.isArray(node.parts)) &&
    allInputsOf(node).every((input) => isPlace(input, -1, position));
  return (
    isPlace(value, 0, nodes.length) &&
    gradients.every((place) => isPlace(place, 0, nodes.length)) &&
    nodes.every(isSound)
  );
}
