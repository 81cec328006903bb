import { activationNumber } from '../../activation.js';
import { positiveTriple, withBiasInitializer } from '../../arguments.js';
import { lowerBias } from '../../bias.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { LayerLowering } from '../../layer.js';
import { stridedArguments } from '../../strided.js';
import { type WindowGeometry, windowsBetween } from '../../windows.js';
import { conv2d } from '../convolution.js';
import { outputPadding } from '../transposedConvolution.js';
import { tripleOf } from './pooling.js';

/**
 * A convolution of volumes is a sum of convolutions of images, one for each slice of the kernel: x (D, H, W, C) slice by slice with
 * the kernel's slice (KH, KW, C, F), which stands in one piece in the weights.
 */
interface Geometry {
  /** The windows of a slice, and those over the depth. */
  readonly slice: WindowGeometry & { readonly filters: number };
  readonly depth: { readonly length: number; readonly out: number; readonly window: number; readonly stride: number };
  readonly dilation: number;
  readonly before: number;
}

/** Of the convolution that leads from `larger` to `smaller`; `filters` are the channels of the latter. */
function geometryOf(layer: LayerDescription, larger: readonly number[], smaller: readonly number[]): Geometry {
  const { kernelSize, strides, dilationRate, padding } = layer.config;
  const [windows, steps, rates] = [kernelSize, strides ?? 1, dilationRate ?? 1].map(tripleOf);
  const part = (axes: readonly number[], input: readonly number[], output: readonly number[]): WindowGeometry => {
    const own = (list: readonly number[]) => axes.map((axis) => list[axis] ?? 1);
    const config = { ...layer.config, padding, strides: own(steps), dilationRate: own(rates) };
    return windowsBetween({ ...layer, config }, own(windows), input, output);
  };
  const slice = part([1, 2], larger.slice(1), smaller.slice(1));
  const depth = part([0, NONE], [larger[0], 1, 1], [smaller[0], 1, 1]);
  return {
    slice: { ...slice, filters: smaller[3] },
    depth: { length: larger[0], out: smaller[0], window: windows[0], stride: steps[0] },
    dilation: rates[0],
    before: depth.padTop,
  };
}

/** An axis that there is not. */
const NONE = 3;

/** Moves slices between volumes of `larger` and the slices that one slice of the kernel meets. */
class Slices {
  readonly #name: string;
  readonly #geometry: Geometry;
  readonly #to: Builder;
  readonly #slice: number;
  /** Slices of the volume with its padding. */
  readonly #padded: number;

  constructor(name: string, geometry: Geometry, to: Builder) {
    const { slice, depth, dilation, before } = geometry;
    this.#name = name;
    this.#geometry = geometry;
    this.#to = to;
    this.#slice = slice.height * slice.width * slice.channels;
    const reached = (depth.out - 1) * depth.stride + (depth.window - 1) * dilation + 1;
    this.#padded = Math.max(reached, before + depth.length);
  }

  get size(): number {
    return this.#geometry.depth.out * this.#slice;
  }

  get paddedSize(): number {
    return this.#padded * this.#slice;
  }

  buffer(what: string, size: number): number {
    return this.#to.buffer(`${this.#name} ${what}`, size);
  }

  /** Where the volume stands within its padding; null where it has none. */
  inside() {
    const { depth, before } = this.#geometry;
    if (before === 0 && this.#padded === depth.length) return null;
    const size = depth.length * this.#slice;
    const axes = [{ length: size, stride: 1 }];
    return stridedArguments({ name: this.#name }, { size: this.paddedSize, offset: before * this.#slice, axes });
  }

  /** The slices that slice `number` of the kernel meets, one for each of the output. */
  met(number: number) {
    const { depth, dilation } = this.#geometry;
    const axes = [
      { length: depth.out, stride: depth.stride * this.#slice },
      { length: this.#slice, stride: 1 },
    ];
    const offset = number * dilation * this.#slice;
    return stridedArguments({ name: this.#name }, { size: this.paddedSize, offset, axes });
  }
}

type Emit = (call: Parameters<Builder['emit']>[0]) => void;

const linear = activationNumber('linear');

/** The volume x within its padding. */
function padded(slices: Slices, x: number, emit: Emit): number {
  const inside = slices.inside();
  if (inside === null) return x;
  const y = slices.buffer('padded', slices.paddedSize);
  emit({ kernel: 'stridedSum', args: { y: x, x: y, ...inside } });
  return y;
}

function add(a: number, b: number, size: number, emit: Emit): void {
  emit({ kernel: 'combine', args: { a, b, y: a, size, alpha: 1, beta: 1 } });
}

/** y = conv(x, w), of volumes. */
function emitForward(slices: Slices, geometry: Geometry, { x, w, y }: Places, to: Builder, emit: Emit): void {
  const { slice, depth } = geometry;
  const { size, count } = outputOf(geometry);
  const from = padded(slices, x, emit);
  for (let number = 0; number < depth.window; number++) {
    const own = number === 0 ? y : slices.buffer('part', size);
    const met = slices.buffer('slices', slices.size);
    emit({ kernel: 'stridedCopy', args: { x: from, y: met, ...slices.met(number) } });
    const args = { x: met, w: w + number * count, b: -1, y: own, ...slice, activation: linear };
    to.forEach(depth.out, () => emit({ kernel: 'conv2dForward', args }));
    if (number > 0) add(y, own, size, emit);
  }
}

/** x = convᵀ(y, w), of volumes. */
function emitTransposed(slices: Slices, geometry: Geometry, { x, w, y }: Places, to: Builder, emit: Emit): void {
  const { slice, depth } = geometry;
  const { count } = outputOf(geometry);
  const inside = slices.inside();
  const into = inside === null ? x : slices.buffer('padded gradient', slices.paddedSize);
  for (let number = 0; number < depth.window; number++) {
    const met = slices.buffer('slice gradients', slices.size);
    const args = { dy: y, w: w + number * count, x: met, dx: met, ...slice, activation: linear };
    to.forEach(depth.out, () => emit({ kernel: 'conv2dInputGradient', args }));
    const own = number === 0 ? into : slices.buffer('part of the gradient', slices.paddedSize);
    emit({ kernel: 'stridedSum', args: { y: met, x: own, ...slices.met(number) } });
    if (number > 0) add(into, own, slices.paddedSize, emit);
  }
  if (inside !== null) emit({ kernel: 'stridedCopy', args: { x: into, y: x, ...inside } });
}

/** The gradient of w, of volumes x and the gradients y of what the convolution makes of them. */
function emitWeightGradient(slices: Slices, geometry: Geometry, { x, w, y }: Places, to: Builder, emit: Emit): void {
  const { slice, depth } = geometry;
  const { count } = outputOf(geometry);
  const from = padded(slices, x, emit);
  for (let number = 0; number < depth.window; number++) {
    const met = slices.buffer('slices', slices.size);
    emit({ kernel: 'stridedCopy', args: { x: from, y: met, ...slices.met(number) } });
    const args = { x: met, dy: y, w: w + number * count, b: -1, ...slice };
    to.forEach(depth.out, () => emit({ kernel: 'conv2dWeightGradient', args }));
  }
}

/** Buffers of the larger volumes and of the smaller ones, and the offset of the weights. */
interface Places {
  readonly x: number;
  readonly w: number;
  readonly y: number;
}

/** Elements of what the convolution makes, and weights of a slice of the kernel. */
function outputOf({ slice, depth }: Geometry): { readonly size: number; readonly count: number } {
  return {
    size: depth.out * slice.outHeight * slice.outWidth * slice.filters,
    count: slice.windowHeight * slice.windowWidth * slice.channels * slice.filters,
  };
}

function lowerConvolution(layer: LayerDescription, x: Value, to: Builder): Value {
  const geometry = geometryOf(layer, layer.inputShape, layer.outputShape);
  const slices = new Slices(layer.name, geometry, to);
  const w = to.parameter(layer, 0);
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  emitForward(slices, geometry, { x: x.buffer, w, y }, to, (call) => to.emit(call));
  to.onBackward((dy) => {
    const emit: Emit = (call) => to.emitBackward(call);
    if (layer.trained) emitWeightGradient(slices, geometry, { x: x.buffer, w, y: dy }, to, emit);
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    emitTransposed(slices, geometry, { x: dx, w, y: dy }, to, emit);
    return dx;
  });
  return withBias(layer, x, y, to);
}

/** The convolution that leads from the output to the input, turned round. */
function lowerTransposed(layer: LayerDescription, x: Value, to: Builder): Value {
  const geometry = geometryOf(layer, layer.outputShape, layer.inputShape);
  const slices = new Slices(layer.name, geometry, to);
  const w = to.parameter(layer, 0);
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  emitTransposed(slices, geometry, { x: y, w, y: x.buffer }, to, (call) => to.emit(call));
  to.onBackward((dy) => {
    const emit: Emit = (call) => to.emitBackward(call);
    if (layer.trained) emitWeightGradient(slices, geometry, { x: dy, w, y: x.buffer }, to, emit);
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    emitForward(slices, geometry, { x: dy, w, y: dx }, to, emit);
    return dx;
  });
  return withBias(layer, x, y, to);
}

function withBias(layer: LayerDescription, x: Value, buffer: number, to: Builder): Value {
  const b = layer.config.useBias === false ? -1 : to.parameter(layer, 1);
  return lowerBias(layer, { buffer, shape: layer.outputShape, trained: x.trained || layer.trained }, b, to);
}

const { groups: _, ...shared } = conv2d.arguments;
const volumeArguments = {
  ...shared,
  kernelSize: positiveTriple,
  strides: positiveTriple.optional(),
  dilationRate: positiveTriple.optional(),
};
const initializers: LayerLowering['initializers'] = (config) => withBiasInitializer(config, config.kernelInitializer);

export const convolutions3d: readonly LayerLowering[] = [
  { type: 'Conv3D', arguments: volumeArguments, initializers, lower: lowerConvolution },
  {
    type: 'Conv3DTranspose',
    arguments: { ...volumeArguments, outputPadding },
    initializers,
    lower: lowerTransposed,
  },
];
