import { Refusal } from './refusal.js';
import type { NotedDraw, NotedKernel, NotedTensor, Tape } from './tape.js';

/** A tensor as two tapes of different numbers of rows have it. */
export interface PairedTensor {
  readonly id: number;
  /** Its shape for one row: the same axes, of which that of the batch has the elements that one row has there. */
  readonly shape: readonly number[];
  /** The axis of the batch; −1 for none. */
  readonly batch: number;
  /** Its shape on the first tape. */
  readonly given: readonly number[];
}

export interface PairedKernel {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, PairedTensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly PairedTensor[];
}

/** Numbers that a function brings along, for one row. */
export interface PairedConstant {
  readonly values: Float32Array;
  /** They are these values times the number of rows to this power; null where all are 0, which fits any. */
  readonly power: number | null;
}

/** A tape of one function for a number of rows. */
export interface RowTape {
  readonly rows: number;
  readonly tape: Tape;
}

/** What two tapes of one function, which must do the same for both numbers of rows, have in common. */
export class TapePair {
  readonly #first: RowTape;
  readonly #second: RowTape;

  constructor(first: RowTape, second: RowTape) {
    this.#first = first;
    this.#second = second;
  }

  /** The random draws in their order. */
  draws(): { readonly tensor: PairedTensor; readonly both: readonly [NotedDraw, NotedDraw] }[] {
    const [one, other] = [this.#first.tape.draws, this.#second.tape.draws];
    if (one.length !== other.length) throw new Refusal('it does something else for another number of rows');
    return one.map((draw, i) => {
      return { tensor: this.tensor('A draw', draw.tensor, other[i].tensor), both: [draw, other[i]] };
    });
  }

  /** The kernels in their order. */
  kernels(): PairedKernel[] {
    const [one, other] = [this.#first.tape.kernels, this.#second.tape.kernels];
    if (one.length !== other.length) throw new Refusal('it does something else for another number of rows');
    return one.map((kernel, i) => this.#kernel(kernel, other[i]));
  }

  #kernel(one: NotedKernel, other: NotedKernel): PairedKernel {
    const names = Object.keys(one.inputs);
    if (one.kernel !== other.kernel || names.join() !== Object.keys(other.inputs).join()) {
      throw new Refusal('it does something else for another number of rows');
    }
    const { kernel, attributes } = one;
    return {
      kernel,
      attributes,
      inputs: Object.fromEntries(
        names.map((name) => [name, this.tensor(kernel, one.inputs[name], other.inputs[name])]),
      ),
      outputs: one.outputs.map((output, i) => this.tensor(kernel, output, other.outputs[i])),
    };
  }

  /** Finds the axis that follows the number of rows; `kernel` is what the tensor is seen at, for messages. */
  tensor(kernel: string, one: NotedTensor, other: NotedTensor): PairedTensor {
    if (one.id !== other.id || one.shape.length !== other.shape.length) {
      throw new Refusal('it does something else for another number of rows');
    }
    if (!one.shape.every((length) => Number.isInteger(length))) {
      throw new Refusal(`${kernel} makes a tensor of shape [${one.shape.map(String).join(', ')}], which is none`);
    }
    const axes = [...one.shape.keys()].filter((axis) => one.shape[axis] !== other.shape[axis]);
    if (axes.length === 0) return { id: one.id, shape: one.shape, batch: -1, given: one.shape };
    const [batch] = axes;
    const each = one.shape[batch] / this.#first.rows;
    if (axes.length > 1 || !Number.isInteger(each) || other.shape[batch] / this.#second.rows !== each) {
      throw new Refusal(
        `${kernel} mixes rows: it has a tensor of shape [${one.shape.join(', ')}] for ${this.#first.rows} rows`,
      );
    }
    return { id: one.id, shape: one.shape.with(batch, each), batch, given: one.shape };
  }

  /** The numbers of a constant, which must be the same for all rows and at both times. */
  constant(tensor: PairedTensor): PairedConstant {
    const one = valuesOfRow(this.#first, tensor);
    const other = valuesOfRow(this.#second, tensor);
    if (one.every((value, e) => value === 0 && other[e] === 0)) return { values: one, power: null };
    const [rows, otherRows] = [this.#first.rows, this.#second.rows];
    const power = [0, -1, 1].find((e) => areNear(one, other, (otherRows / rows) ** e));
    if (power === undefined) {
      throw new Refusal('it uses numbers that are others each time it is called, such as random ones');
    }
    return { values: one.map((value) => value / rows ** power), power };
  }
}

/** Whether other = factor · one, within rounding; a NaN fits a NaN. */
function areNear(one: Float32Array, other: Float32Array, factor: number): boolean {
  return one.every((value, e) => {
    const expected = value * factor;
    return Object.is(expected, other[e]) || Math.abs(expected - other[e]) <= 1e-6 * Math.abs(expected);
  });
}

/** The part of a constant that one row has. */
function valuesOfRow({ rows, tape }: RowTape, { id, shape, batch }: PairedTensor): Float32Array {
  const values = tape.constants.get(id) as Float32Array;
  if (batch < 0) return values;
  const before = shape.slice(0, batch).reduce((product, length) => product * length, 1);
  const block = values.length / before / rows;
  const rowAt = (row: number): Float32Array =>
    Float32Array.from(
      { length: before * block },
      (_, e) => values[(Math.floor(e / block) * rows + row) * block + (e % block)],
    );
  const first = rowAt(0);
  for (let row = 1; row < rows; row++) {
    if (!areNear(first, rowAt(row), 1)) throw new Refusal('it uses numbers that differ from row to row of a batch');
  }
  return first;
}
