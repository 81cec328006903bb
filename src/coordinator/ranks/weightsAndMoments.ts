import { createHash } from 'node:crypto';
import { userError } from '../../shared/errors.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import { initialMoments, momentIndex, momentNames } from '../../shared/optimizers/updateRules.js';
import type { Parameter } from '../../shared/program/parameter.js';
import type { Program } from '../../shared/program/program.js';
import { type Checkpoint, momentSection, weightSection } from '../checkpoint/contents.js';
import { damaged } from '../checkpoint/format.js';
import type { VectorPlace } from '../checkpoint/thread.js';
import { inTensorflowOrder } from '../models/applyWeights.js';
import type { Moment } from '../models/compiled/state.js';
import type { OpenModel } from '../models/open.js';
import type { Weight, WeightValues } from '../options/trainerOptions.js';
import type { TrainingMemory } from './trainingMemory.js';
import { weightValues } from './weightValues.js';

/** A trainer's weights, and the optimizer's vectors for those that are trained, as its ranks have them in shared memory. */
export class WeightsAndMoments {
  readonly #program: Program;
  readonly #optimizer: OptimizerSpec;
  readonly #memory: TrainingMemory;
  /** Every weight, trained or not, in the model's order. */
  readonly #weights: readonly Parameter[];

  constructor(model: OpenModel, optimizer: OptimizerSpec, memory: TrainingMemory) {
    this.#program = model.program;
    this.#optimizer = optimizer;
    this.#memory = memory;
    this.#weights = inModelOrder(model);
  }

  /** Where a copy of the training state holds each of them, by section of a checkpoint. */
  get places(): VectorPlace[] {
    return this.#weights.flatMap((parameter) => {
      const { weight, moments } = this.#memory.placesOf(parameter);
      const byteLength = parameter.size * 4;
      return [
        { name: weightSection(parameter.name), byteOffset: weight, byteLength },
        ...this.#momentsOf(parameter).map((name, i) => {
          return { name: momentSection(name, parameter.name), byteOffset: moments[i], byteLength };
        }),
      ];
    });
  }

  /** Sets the values that training begins with; the weights named in `shared` stay as another trainer has them. */
  initialize(values: ReadonlyMap<string, Float32Array>, shared: ReadonlySet<string>): void {
    for (const parameter of this.#weights) {
      if (!shared.has(parameter.name)) this.#memory.setWeight(parameter, values.get(parameter.name) as Float32Array);
    }
    initialMoments(this.#optimizer).forEach((value, index) => {
      if (value === 0) return;
      for (const parameter of this.#program.parameters) {
        this.#memory.setMoment(parameter, index, new Float32Array(parameter.size).fill(value));
      }
    });
  }

  setMoments(moments: readonly Moment[]): void {
    for (const { weight, index, values } of moments) this.#memory.setMoment(weight, index, values);
  }

  /** Sets all of them to those of a checkpoint; the weights named in `shared` stay as another trainer has them. */
  restore(path: string, { vectors }: Checkpoint, shared: ReadonlySet<string>): void {
    const read = (section: string, { size, shape }: Parameter): Float32Array => {
      const bytes = vectors.get(section);
      if (bytes?.byteLength === size * 4) return floatsOf(bytes);
      throw damaged(path, `it lacks the section ${section} of shape [${shape.join(', ')}]`);
    };
    for (const parameter of this.#weights) {
      const weight = read(weightSection(parameter.name), parameter);
      if (!shared.has(parameter.name)) this.#memory.setWeight(parameter, weight);
      this.#momentsOf(parameter).forEach((name, index) => {
        this.#memory.setMoment(parameter, index, read(momentSection(name, parameter.name), parameter));
      });
    }
  }

  /** A copy of every weight, in the order of TensorFlow.js. */
  weights(): Weight[] {
    return this.#inTensorflowOrder.map((parameter) => ({
      name: parameter.name,
      shape: parameter.shape,
      values: this.#memory.weight(parameter).slice(),
    }));
  }

  /** All weights, and the copies that calls of shared layers read: a view of the flat vector, for reading alone. */
  get all(): Float32Array {
    return this.#memory.vector;
  }

  /** Sets every weight, by name or by the order of `weights`; or none where one does not fit. */
  setWeights(weights: readonly (Weight | WeightValues)[]): void {
    const parameters = this.#inTensorflowOrder;
    const values = weightValues(weights, parameters);
    parameters.forEach((parameter, i) => {
      this.#memory.setWeight(parameter, values[i]);
    });
  }

  get names(): string[] {
    return this.#weights.map(({ name }) => name);
  }

  /** w = tau · theirs + (1 − tau) · w for the weights of the same model, or none where one does not fit. */
  copyFrom(other: WeightsAndMoments, tau: number): void {
    const theirs = other.#weights;
    const shapesOf = (weights: readonly Parameter[]): string =>
      weights.map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
    if (shapesOf(theirs) !== shapesOf(this.#weights)) {
      throw userError(
        'WEIGHTS_MISMATCH',
        `copyWeights was given a trainer whose weights have the shapes ${shapesOf(theirs)}, but here they are ${shapesOf(this.#weights)}; give a trainer of the same model.`,
      );
    }
    this.#weights.forEach((parameter, i) => {
      const values = other.#memory.weight(theirs[i]);
      const own = this.#memory.weight(parameter);
      const mixed = tau === 1 ? values : values.map((value, e) => tau * value + (1 - tau) * own[e]);
      this.#memory.setWeight(parameter, mixed);
    });
  }

  /** Takes the optimizer's vectors for the weights that both train, by name. */
  takeMoments(other: WeightsAndMoments): void {
    const theirs = new Map(other.#program.parameters.map((parameter) => [parameter.name, parameter]));
    for (const parameter of this.#program.parameters) {
      const from = theirs.get(parameter.name);
      if (from === undefined) continue;
      this.#momentsOf(parameter).forEach((_, index) => {
        this.#memory.setMoment(parameter, index, other.#memory.moment(from, index));
      });
    }
  }

  /** Replaces every trained weight by its moving average, where the optimizer keeps one. */
  takeAverages(): void {
    const average = momentIndex(this.#optimizer, 'average');
    if (average < 0) return;
    for (const parameter of this.#program.parameters) {
      this.#memory.setWeight(parameter, this.#memory.moment(parameter, average));
    }
  }

  /** sha256 over all of them, in hex. */
  fingerprint(): string {
    const hash = createHash('sha256');
    for (const parameter of this.#weights) hash.update(copyBytes(this.#memory.weight(parameter)));
    for (const parameter of this.#weights) {
      this.#momentsOf(parameter).forEach((_, index) => {
        hash.update(copyBytes(this.#memory.moment(parameter, index)));
      });
    }
    return hash.digest('hex');
  }

  get #inTensorflowOrder(): Parameter[] {
    return inTensorflowOrder(this.#weights, (parameter) => this.#isTrained(parameter));
  }

  #isTrained({ offset }: Parameter): boolean {
    return offset < this.#program.parameterLength;
  }

  /** Names of the optimizer's vectors for a weight; none for one that is not trained. */
  #momentsOf(parameter: Parameter): readonly string[] {
    return this.#isTrained(parameter) ? momentNames(this.#optimizer) : [];
  }
}

function inModelOrder({ description, program: { parameters, states } }: OpenModel): Parameter[] {
  const byName = new Map([...parameters, ...states].map((parameter) => [parameter.name, parameter]));
  return description.layers.flatMap(({ weights }) => weights.map(({ name }) => byName.get(name) as Parameter));
}

/** Bytes of a float vector in memory of their own, as hashes and files need them. */
function copyBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.slice().buffer);
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
