import { momentsStart, stateBytes } from '../../shared/memory/snapshot.js';
import { momentNames } from '../../shared/optimizers/updateRules.js';
import type { Parameter } from '../../shared/program/parameter.js';
import type { Journal } from './journal.js';
import type { Ranks, RanksPlan } from './ranks.js';
import type { SharedPool } from './sharedPool.js';
import type { WeightHolder } from './sharedWeights.js';

/** What the training state in shared memory is reached through. */
interface MemoryParts {
  readonly plan: Pick<RanksPlan, 'program' | 'optimizer'>;
  readonly ranks: Ranks;
  readonly pool: SharedPool;
  readonly journal: Journal;
  /** Throws where the weights may not be read or set: they are lost, or the trainer is closed. */
  readonly requireUsable: () => void;
  /** Throws where they are lost. */
  readonly requireNotLost: () => void;
}

/** A trainer's training state in shared memory: its weights and the optimizer's vectors, between two commands. */
export class TrainingMemory {
  readonly #parts: MemoryParts;
  /** This trainer among those that share weights. */
  readonly holder: WeightHolder;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
    const { parameters, states } = parts.plan.program;
    this.holder = {
      parameters: [...parameters, ...states],
      read: (parameter) => this.#read(parameter),
      write: (parameter, values) => this.#write(parameter, values),
    };
    parts.pool.weights.join(this.holder);
  }

  /** A parameter's values; a view that the next update changes, for reading alone. */
  weight(parameter: Parameter): Float32Array {
    this.#parts.requireUsable();
    if (!this.#parts.pool.isBusy) this.refresh();
    return this.#read(parameter);
  }

  /** The flat vector of all weights, as `weight`. */
  get vector(): Float32Array {
    this.#parts.requireUsable();
    if (!this.#parts.pool.isBusy) this.refresh();
    this.#parts.requireNotLost();
    return this.#parts.ranks.arena.parameters;
  }

  /** One optimizer vector of a parameter: a view, as `weight`. */
  moment(parameter: Parameter, index: number): Float32Array {
    this.#parts.requireUsable();
    const from = index * this.#parts.plan.program.parameterLength + parameter.offset;
    return this.#parts.ranks.arena.moments.subarray(from, from + parameter.size);
  }

  setWeight(parameter: Parameter, values: Float32Array): void {
    this.#parts.requireUsable();
    this.#write(parameter, values);
    this.#parts.pool.weights.changed(this.holder, [parameter]);
  }

  setMoment(parameter: Parameter, index: number, values: Float32Array): void {
    this.moment(parameter, index).set(values);
    this.#parts.journal.clear();
  }

  /** Bytes that a copy of the training state takes. */
  get stateBytes(): number {
    return stateBytes(this.#parts.ranks.arena);
  }

  /** Where such a copy holds a parameter: the values, then one place for each optimizer vector; offsets in bytes. */
  placesOf({ offset }: Parameter): { readonly weight: number; readonly moments: readonly number[] } {
    const { plan, ranks } = this.#parts;
    const first = momentsStart(ranks.arena);
    const at = (index: number): number => first + (index * plan.program.parameterLength + offset) * 4;
    return { weight: offset * 4, moments: momentNames(plan.optimizer).map((_, index) => at(index)) };
  }

  /** Takes what other trainers have changed; what was done before that cannot be done again. */
  refresh(): void {
    const { pool, journal } = this.#parts;
    if (pool.weights.refresh(this.holder)) journal.clear();
  }

  #read({ offset, size }: Parameter): Float32Array {
    this.#parts.requireNotLost();
    return this.#parts.ranks.arena.parameters.subarray(offset, offset + size);
  }

  #write(parameter: Parameter, values: Float32Array): void {
    const { plan, ranks, journal } = this.#parts;
    this.#read(parameter).set(values);
    for (const { from, to } of plan.program.copies) {
      if (from === parameter.offset) ranks.arena.parameters.set(values, to);
    }
    journal.clear();
  }
}
