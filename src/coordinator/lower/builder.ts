import type { KernelCall } from '../../shared/kernels/table.js';
import type { Parameter, RowBuffer } from '../../shared/program.js';
import { type LayerDescription, sizeOf } from './description.js';

/** A tensor on its way through the model. */
export interface Value {
  readonly buffer: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
  /** Whether anything before it is trained, so that its gradient is wanted. */
  readonly trained: boolean;
}

/** Given the buffer of a layer's output gradient, emits its backward calls and returns the input gradient's buffer. */
export type Backward = (outputGradient: number) => number;

/** What all modes of one model share: buffers and parameters, numbered in the order they are made. */
export class Storage {
  readonly buffers: RowBuffer[] = [];
  readonly parameters: Parameter[] = [];
  parameterLength = 0;
  readonly #offsets = new Map<string, number>();

  buffer(name: string, size: number): number {
    return this.buffers.push({ name, size }) - 1;
  }

  /** Offset of weight `index` of a layer; the first mode that asks gives it its place. */
  parameter(layer: LayerDescription, index: number): number {
    const { name, shape } = layer.weights[index];
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const parameter = { name, shape, size: sizeOf(shape), offset: this.parameterLength };
    this.parameters.push(parameter);
    this.#offsets.set(name, parameter.offset);
    // Parameters begin on cache lines, as slices do.
    this.parameterLength += Math.ceil(parameter.size / 16) * 16;
    return parameter.offset;
  }
}

/** Collects the calls of one mode: training (forward and backward) or inference (forward alone). */
export class Builder {
  readonly training: boolean;
  readonly forward: KernelCall[] = [];
  readonly backward: KernelCall[] = [];
  readonly #storage: Storage;
  readonly #pending: Backward[] = [];
  #layers = 0;

  constructor(storage: Storage, training: boolean) {
    this.#storage = storage;
    this.training = training;
  }

  /** A number for the layer being lowered that no other layer of the model has: keys its random draws. */
  nextLayerNumber(): number {
    return this.#layers++;
  }

  buffer(name: string, size: number): number {
    return this.#storage.buffer(name, size);
  }

  parameter(layer: LayerDescription, index: number): number {
    return this.#storage.parameter(layer, index);
  }

  emit(call: KernelCall): void {
    this.forward.push(call);
  }

  /** Registers how gradients pass the layer; run in reverse order once the loss is known. */
  onBackward(backward: Backward): void {
    if (this.training) this.#pending.push(backward);
  }

  emitBackward(call: KernelCall): void {
    this.backward.push(call);
  }

  /** Emits all backward calls from the gradient of the model's output. */
  propagate(outputGradient: number): void {
    let gradient = outputGradient;
    for (const backward of this.#pending.reverse()) gradient = backward(gradient);
  }
}
