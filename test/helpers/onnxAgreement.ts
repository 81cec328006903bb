import assert from 'node:assert/strict';
import type { ModelDescription } from '../../src/coordinator/compiler/lower/description.js';
import { onnxGraphOf } from '../../src/coordinator/models/onnx/model.js';
import { onnxFiles } from '../../src/coordinator/models/onnx/write.js';
import { type Onnxruntime, openSession, type RuntimeTensor, type Session } from './onnxruntime.js';

/** Numbers of rows for which a model is run: alone, and a batch that is no power of two. */
export const BATCHES = [1, 7];

/** Rows of one input. */
export interface Rows {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** A model as the runtime opens it. */
export class OnnxModel {
  readonly #runtime: Onnxruntime;
  readonly #session: Session;
  readonly #model: ModelDescription;
  readonly #integers: ReadonlySet<string>;

  private constructor(runtime: Onnxruntime, session: Session, model: ModelDescription, integers: ReadonlySet<string>) {
    this.#runtime = runtime;
    this.#session = session;
    this.#model = model;
    this.#integers = integers;
  }

  static async open(
    runtime: Onnxruntime,
    model: ModelDescription,
    weights: ReadonlyMap<string, Float32Array>,
  ): Promise<OnnxModel> {
    const graph = onnxGraphOf(model, weights);
    const session = await openSession(runtime, Buffer.concat([...onnxFiles(graph, model.name).model]));
    const integers = graph.inputs.filter(({ type }) => type === 'int32').map(({ name }) => name);
    return new OnnxModel(runtime, session, model, new Set(integers));
  }

  /** The outputs for `count` rows: those of the inputs, again and again. */
  async run(inputs: readonly Rows[], count: number): Promise<readonly RuntimeTensor[]> {
    const feeds = this.#model.inputs.map(({ name, shape }, i) => [name, this.#tensor(name, shape, inputs[i], count)]);
    const made = await this.#session.run(Object.fromEntries(feeds));
    return this.#session.outputNames.map((name) => made[name]);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  #tensor(name: string, shape: readonly number[], { values, shape: [rows] }: Rows, count: number): RuntimeTensor {
    const isInteger = this.#integers.has(name);
    const repeated = repeatedRows(values, rows, count);
    const own = isInteger ? Int32Array.from(repeated) : repeated;
    return new this.#runtime.Tensor(isInteger ? 'int32' : 'float32', own, [count, ...shape]);
  }
}

/** `count` rows: those that there are, again and again. */
export function repeatedRows(values: ArrayLike<number>, rows: number, count: number): Float32Array {
  const size = values.length / rows;
  return Float32Array.from(
    { length: count * size },
    (_, i) => values[(Math.floor(i / size) % rows) * size + (i % size)],
  );
}

/** The largest error over the largest value, or over `given`; numbers that are none agree with each other. */
export function largestError(got: Float32Array, wanted: Float32Array, given?: number): number {
  assert.equal(got.length, wanted.length);
  const scale = given ?? (wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1);
  const errors = wanted.map((value, i) => (Object.is(value, got[i]) ? 0 : Math.abs(value - got[i]) / scale));
  return errors.reduce((most, error) => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error)), 0);
}
