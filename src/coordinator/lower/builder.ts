import type { KernelCall } from '../../shared/kernels/table.js';
import type { Parameter, RowBuffer } from '../../shared/program.js';
import { type LayerDescription, type ModelDescription, sizeOf, type WeightDescription } from './description.js';
import { type Instruction, sync } from './instructions.js';

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

/** What all modes of one model share: buffers, sums, and the places of all weights. */
export class Storage {
  readonly buffers: RowBuffer[] = [];
  readonly parameters: readonly Parameter[];
  readonly states: readonly Parameter[];
  readonly parameterLength: number;
  readonly vectorLength: number;
  sumCount: number;
  readonly #offsets: ReadonlyMap<string, number>;

  /** `sumCount`: the sums that losses and metrics take. */
  constructor(model: ModelDescription, sumCount: number) {
    const weights = model.layers.flatMap((layer) => layer.weights);
    const trained = placeWeights(
      weights.filter(({ trainable }) => trainable),
      0,
    );
    const others = placeWeights(
      weights.filter(({ trainable }) => !trainable),
      trained.end,
    );
    this.parameters = trained.placed;
    this.states = others.placed;
    this.parameterLength = trained.end;
    this.vectorLength = others.end;
    this.sumCount = sumCount;
    this.#offsets = new Map([...trained.placed, ...others.placed].map(({ name, offset }) => [name, offset]));
  }

  buffer(name: string, size: number): number {
    return this.buffers.push({ name, size }) - 1;
  }

  /** Offset of weight `index` of a layer in the flat vector. */
  parameter(layer: LayerDescription, index: number): number {
    return this.#offsets.get(layer.weights[index].name) as number;
  }

  /** The first of `count` new per-shard sums. */
  sums(count: number): number {
    const first = this.sumCount;
    this.sumCount += count;
    return first;
  }
}

/** Weights one behind the other from `start`; each begins on a cache line, as slices do. */
function placeWeights(weights: readonly WeightDescription[], start: number): { placed: Parameter[]; end: number } {
  let end = start;
  const placed = weights.map(({ name, shape }) => {
    const parameter = { name, shape, size: sizeOf(shape), offset: end };
    end += Math.ceil(parameter.size / 16) * 16;
    return parameter;
  });
  return { placed, end };
}

/** Collects the calls of one mode: training (forward and backward) or inference (forward alone). */
export class Builder {
  readonly training: boolean;
  readonly forward: Instruction[] = [];
  readonly backward: Instruction[] = [];
  readonly averages: KernelCall[] = [];
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

  /** The first of `count` per-shard sums of a layer's own. */
  sums(count: number): number {
    return this.#storage.sums(count);
  }

  emit(call: KernelCall): void {
    this.forward.push(call);
  }

  /** All ranks meet before what is emitted next. */
  syncForward(): void {
    this.forward.push(sync);
  }

  syncBackward(): void {
    this.backward.push(sync);
  }

  /** Emits what rank 0 does alone at the end of a step. */
  emitAverage(call: KernelCall): void {
    this.averages.push(call);
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
