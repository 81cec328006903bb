import type { Parameter } from '../../shared/program/parameter.js';

/** A trainer's weights, in memory of its own. */
export interface WeightHolder {
  readonly parameters: readonly Parameter[];
  /** A view of a weight's values. */
  read(parameter: Parameter): Float32Array;
  write(parameter: Parameter, values: Float32Array): void;
}

/** Who changed a weight last; `version` grows with every change. */
interface Newest {
  readonly holder: WeightHolder;
  readonly version: number;
}

/**
 * The weights that trainers have in common, by name. Each trainer keeps them in its own arena, so that its snapshots and
 * its recovery are its own affair, and copies what others have changed before it carries out a command.
 */
export class SharedWeights {
  readonly #holders = new Map<WeightHolder, Map<string, number>>();
  readonly #newest = new Map<string, Newest>();

  /** A trainer joins, and will take what others have; its own weights stand where it is the first to have them. */
  join(holder: WeightHolder): void {
    this.#holders.set(holder, new Map());
    this.changed(
      holder,
      holder.parameters.filter(({ name }) => !this.#newest.has(name)),
    );
  }

  /** The trainer has changed these weights, after it has taken those of others. */
  changed(holder: WeightHolder, parameters: readonly Parameter[]): void {
    const seen = this.#holders.get(holder);
    for (const { name } of parameters) {
      const version = (this.#newest.get(name)?.version ?? 0) + 1;
      this.#newest.set(name, { holder, version });
      seen?.set(name, version);
    }
  }

  /** Copies to the trainer what others have changed; whether there was anything. */
  refresh(holder: WeightHolder): boolean {
    const seen = this.#holders.get(holder);
    if (this.#holders.size < 2 || seen === undefined) return false;
    const stale = holder.parameters.filter(({ name }) => seen.get(name) !== this.#newest.get(name)?.version);
    for (const parameter of stale) this.#copy(holder, parameter, seen);
    return stale.length > 0;
  }

  /** The trainer ends: those that remain take what it had changed, if its weights are whole. */
  leave(holder: WeightHolder, isWhole: boolean): void {
    const others = [...this.#holders.keys()].filter((other) => other !== holder);
    if (isWhole) for (const other of others) this.refresh(other);
    this.#holders.delete(holder);
    for (const [name, newest] of this.#newest) {
      if (newest.holder !== holder) continue;
      const heir = others.find(({ parameters }) => parameters.some((parameter) => parameter.name === name));
      if (heir === undefined) this.#newest.delete(name);
      else this.#newest.set(name, { ...newest, holder: heir });
    }
  }

  #copy(holder: WeightHolder, parameter: Parameter, seen: Map<string, number>): void {
    const { holder: source, version } = this.#newest.get(parameter.name) as Newest;
    const own = source.parameters.find(({ name }) => name === parameter.name) as Parameter;
    holder.write(parameter, source.read(own));
    seen.set(parameter.name, version);
  }
}
