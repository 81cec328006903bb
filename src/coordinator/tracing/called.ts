import type { JointFunction } from './trace.js';

/** A function that cannot become kernels, and why: the end of a sentence that names it. */
export interface CalledFunction {
  readonly given: JointFunction;
  readonly what: 'loss' | 'metric';
  readonly reason: string;
}

/** The functions that the coordinator computes itself, by names of their own. */
export type CalledFunctions = ReadonlyMap<string, CalledFunction>;

/** Collects them, beside those that there are. */
export class CalledFunctionList {
  readonly byName: Map<string, CalledFunction>;
  /** What a caller gave, by the name that it got: the same one as loss and as metric has one name. */
  readonly #names = new Map<unknown, string>();

  constructor(before: CalledFunctions = new Map()) {
    this.byName = new Map(before);
  }

  /** The name of a function: its own, or that with a number where another one has it. */
  add(given: unknown, name: string, called: CalledFunction): string {
    const known = this.#names.get(given);
    if (known !== undefined) return known;
    let own = name;
    for (let number = 1; this.byName.has(own); number++) own = `${name}_${number}`;
    this.byName.set(own, called);
    this.#names.set(given, own);
    return own;
  }
}
