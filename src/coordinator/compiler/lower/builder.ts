import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Parameter, WeightRules } from '../../../shared/program/parameter.js';
import type { Constant, RowBuffer, WeightCopy } from '../../../shared/program/program.js';
import { type LayerDescription, type ModelDescription, sizeOf, type WeightDescription } from './description.js';
import { type Instruction, sync } from './instructions.js';
import { weightRules } from './weightRules.js';

/** A tensor on its way through the model. */
export interface Value {
  readonly buffer: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
  /** Whether anything before it is trained, so that its gradient is wanted. */
  readonly trained: boolean;
  /** Buffer of a number a step of the first axis, 0 where the step is not there; absent where all are. */
  readonly mask?: number;
  /** int32 indices; float32 where absent. */
  readonly type?: 'int32';
}

/** Given the buffer of an output gradient, emits backward calls and returns the input gradient's buffer; −1 for none. */
export type Backward = (outputGradient: number) => number;

/** The same for a call of several inputs or outputs. */
export type CallBackward = (outputGradients: readonly number[]) => readonly number[];

/** What all modes of one model share: buffers, sums, and the places of all weights. */
export class Storage {
  readonly buffers: RowBuffer[] = [];
  readonly parameters: readonly Parameter[];
  readonly states: readonly Parameter[];
  readonly parameterLength: number;
  readonly copies: readonly WeightCopy[];
  readonly slabLength: number;
  readonly constants: Constant[] = [];
  vectorLength: number;
  sumCount: number;
  #lossDraws = 0;
  readonly #offsets: ReadonlyMap<string, number>;

  /** `sumCount`: the sums that losses and metrics take. */
  constructor(model: ModelDescription, sumCount: number) {
    const weights = model.layers.flatMap((layer) =>
      layer.weights.map((weight) => ({ ...weight, rules: weightRules(layer, weight) })),
    );
    const trained = placeWeights(
      weights.filter(({ trainable }) => trainable),
      0,
    );
    const copied = placeCopies(model, trained);
    const others = placeWeights(
      weights.filter(({ trainable }) => !trainable),
      copied.end,
    );
    this.parameters = trained.placed;
    this.states = others.placed;
    this.parameterLength = trained.end;
    this.copies = copied.placed;
    this.slabLength = copied.end;
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

  /** Offset of the copy of a weight that call number `call` of its layer reads; the weight itself for the first call. */
  copyOf(offset: number, call: number): number {
    return this.copies.find((copy) => copy.from === offset && copy.call === call)?.to ?? offset;
  }

  /** Offset of constants in the flat vector, behind all weights; the same ones stand there once. */
  constant(values: readonly number[]): number {
    const known = this.constants.find(
      (one) => one.values.length === values.length && one.values.every((value, i) => Object.is(value, values[i])),
    );
    if (known !== undefined) return known.offset;
    const offset = this.vectorLength;
    this.constants.push({ offset, values });
    this.vectorLength += Math.ceil(values.length / 16) * 16;
    return offset;
  }

  /** A number that keys random draws of losses and metrics, behind those of all layers. */
  lossDraw(): number {
    return FIRST_LOSS_DRAW + this.#lossDraws++;
  }

  /** The first of `count` new per-shard sums. */
  sums(count: number): number {
    const first = this.sumCount;
    this.sumCount += count;
    return first;
  }
}

/** More than any model has layers. Numbers of draws have 24 bits. */
const FIRST_LOSS_DRAW = 2 ** 20;

/** Weights one behind the other from `start`; each begins on a cache line, as slices do. */
function placeWeights(
  weights: readonly (WeightDescription & { readonly rules: WeightRules })[],
  start: number,
): { placed: Parameter[]; end: number } {
  let end = start;
  const placed = weights.map(({ name, shape, rules }) => {
    const parameter = { name, shape, size: sizeOf(shape), offset: end, ...rules };
    end += Math.ceil(parameter.size / 16) * 16;
    return parameter;
  });
  return { placed, end };
}

/** A copy, behind the trained weights, of each trained weight of a shared layer, for each of its calls but the first. */
function placeCopies(
  { layers, nodes }: ModelDescription,
  { placed, end: start }: { readonly placed: readonly Parameter[]; readonly end: number },
): { placed: WeightCopy[]; end: number } {
  let end = start;
  const copies: WeightCopy[] = [];
  layers.forEach(({ weights }, number) => {
    const calls = nodes.filter(({ layer }) => layer === number).length;
    const names = weights.map(({ name }) => name);
    for (let call = 1; call < calls; call++) {
      for (const { offset: from, size } of placed.filter(({ name }) => names.includes(name))) {
        const length = Math.ceil(size / 16) * 16;
        copies.push({ from, to: end, length, call });
        end += length;
      }
    }
  });
  return { placed: copies, end };
}

/** Collects the calls of one mode: training (forward and backward) or inference (forward alone). */
export class Builder {
  readonly training: boolean;
  readonly forward: Instruction[] = [];
  readonly backward: Instruction[] = [];
  readonly averages: KernelCall[] = [];
  readonly #storage: Storage;
  #pending: Backward[] = [];
  #callBackward: CallBackward | null = null;
  #layers = 0;
  #call = 0;
  #each = 1;

  constructor(storage: Storage, training: boolean) {
    this.#storage = storage;
    this.training = training;
  }

  /** A number for the layer being lowered that no other layer of the model has: keys its random draws. */
  nextLayerNumber(): number {
    return this.#layers++;
  }

  /** The layer lowered next is called for the time `call`, counted from 0. */
  beginCall(call: number): void {
    this.#call = call;
  }

  /** Lowers what sees each row of the batch as `times` rows: sizes and shapes within are those of one of them. */
  forEach<T>(times: number, lower: () => T): T {
    const outer = this.#each;
    this.#each = outer * times;
    const lowered = lower();
    this.#each = outer;
    return lowered;
  }

  buffer(name: string, size: number): number {
    return this.#storage.buffer(name, size * this.#each);
  }

  /**
   * Offset of weight `index` of a layer in the flat vector. In training each call of a shared layer has its own: kernels
   * write a weight's gradient, and those of several calls are added afterwards.
   */
  parameter(layer: LayerDescription, index: number): number {
    const offset = this.#storage.parameter(layer, index);
    return this.training ? this.#storage.copyOf(offset, this.#call) : offset;
  }

  /** Offset of constants in the flat vector. */
  constant(values: readonly number[]): number {
    return this.#storage.constant(values);
  }

  /** The first of `count` per-shard sums of a layer's own. */
  sums(count: number): number {
    return this.#storage.sums(count);
  }

  emit(call: KernelCall): void {
    this.forward.push(this.#ofEach(call));
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

  /** Registers how gradients pass the layer; several are run in reverse order. */
  onBackward(backward: Backward): void {
    if (this.training) this.#pending.push(backward);
  }

  /** Registers how gradients pass a call of several inputs or outputs. */
  onCallBackward(backward: CallBackward): void {
    if (this.training) this.#callBackward = backward;
  }

  emitBackward(call: KernelCall): void {
    this.backward.push(this.#ofEach(call));
  }

  #ofEach(call: KernelCall): KernelCall {
    return this.#each === 1 ? call : { ...call, each: this.#each };
  }

  /** Lowers a part of one input and one output whose gradient the caller passes on by itself. */
  part(lower: () => Value): { readonly value: Value; readonly backward: Backward } {
    const outer = this.#pending;
    const own: Backward[] = [];
    this.#pending = own;
    const value = lower();
    this.#pending = outer;
    return { value, backward: (dy) => own.reduceRight((gradient, backward) => backward(gradient), dy) };
  }

  /** Lowers a call of several inputs or outputs. */
  call(lower: () => readonly Value[]): { readonly values: readonly Value[]; readonly backward: CallBackward } {
    const values = lower();
    const backward = this.#callBackward;
    this.#callBackward = null;
    return { values, backward: backward ?? (() => []) };
  }
}
