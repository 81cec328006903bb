import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Distribution } from '../../shared/kernels/table/random.js';

/** A tensor on a tape; one data in another shape has another number. */
export interface NotedTensor {
  readonly id: number;
  readonly shape: readonly number[];
}

/** One kernel of TensorFlow.js that was called. */
export interface NotedKernel {
  readonly kernel: string;
  /** Under their names in TensorFlow.js; those of a list by their positions. */
  readonly inputs: Readonly<Record<string, NotedTensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly NotedTensor[];
}

/** The kernels that a function called on what follows from its arguments, and the numbers it brought along. */
export interface Tape {
  readonly kernels: readonly NotedKernel[];
  /** By the tensor's number. */
  readonly constants: ReadonlyMap<number, Float32Array>;
  readonly draws: readonly NotedDraw[];
}

/** Random numbers that were drawn. */
export interface NotedDraw {
  readonly tensor: NotedTensor;
  readonly distribution: Distribution;
  readonly values: Float32Array;
  /** What the same draw of the plain distribution gives. */
  readonly plain: Float32Array;
}

/** Kernels whose result follows from the shape of their input alone. */
const OF_SHAPES = ['ZerosLike', 'OnesLike'];

/** Writes a tape. What does not follow from the tape's arguments is a constant, noted where something else reads it. */
export class TapeWriter {
  readonly #kernels: NotedKernel[] = [];
  readonly #constants = new Map<number, Float32Array>();
  readonly #draws: NotedDraw[] = [];
  /** Numbers of tensors by their data and shapes. */
  readonly #numbers = new Map<object, Map<string, number>>();
  readonly #derived = new Set<object>();
  readonly #read: (dataId: object) => ArrayLike<unknown>;
  #tensors = 0;
  #paused = false;

  constructor(read: (dataId: object) => ArrayLike<unknown>) {
    this.#read = read;
  }

  /** The tensor is an argument of the tape. */
  begin(tensor: TensorInfo): NotedTensor {
    this.#derived.add(tensor.dataId);
    return this.tensor(tensor);
  }

  /** The tensor holds random numbers. */
  draw(tensor: TensorInfo, distribution: Distribution, plain: Float32Array): void {
    const values = Float32Array.from(this.#read(tensor.dataId) as ArrayLike<number>);
    this.#derived.add(tensor.dataId);
    if (!this.#paused) this.#draws.push({ tensor: this.tensor(tensor), distribution, values, plain });
  }

  /** Whether data follow from the arguments of the tape. */
  isDerived(dataId: object): boolean {
    return this.#derived.has(dataId);
  }

  /** Does something that is not noted, though what follows from the arguments is still known. */
  unnoted<T>(work: () => T): T {
    this.#paused = true;
    try {
      return work();
    } finally {
      this.#paused = false;
    }
  }

  note(
    kernel: string,
    given: Readonly<Record<string, TensorInfo>>,
    attributes: Readonly<Record<string, unknown>>,
    made: TensorInfo | TensorInfo[],
  ): void {
    const inputs = Object.entries(given).filter(([, tensor]) => tensor !== undefined && tensor !== null);
    const isDerived = inputs.some(([, { dataId }]) => this.isDerived(dataId)) && !OF_SHAPES.includes(kernel);
    if (!isDerived) return;
    const outputs = [made].flat();
    for (const { dataId } of outputs) this.#derived.add(dataId);
    if (this.#paused) return;
    this.#kernels.push({
      kernel,
      inputs: Object.fromEntries(inputs.map(([name, tensor]) => [name, this.tensor(tensor)])),
      attributes,
      outputs: outputs.map((tensor) => this.tensor(tensor)),
    });
  }

  /** The number of a tensor; the values of a constant are kept. */
  tensor({ dataId, shape }: TensorInfo): NotedTensor {
    const numbers = this.#numbers.get(dataId) ?? new Map<string, number>();
    this.#numbers.set(dataId, numbers);
    const key = shape.join();
    const id = numbers.get(key) ?? this.#tensors++;
    if (!numbers.has(key) && !this.isDerived(dataId)) {
      this.#constants.set(id, Float32Array.from(this.#read(dataId) as ArrayLike<number>));
    }
    numbers.set(key, id);
    return { id, shape: [...shape] };
  }

  finish(): Tape {
    return { kernels: this.#kernels, constants: this.#constants, draws: this.#draws };
  }
}
