import { userError } from '../../shared/errors.js';
import type { Direction } from '../../shared/program/measures.js';
import type { Logs } from '../compiler/metrics.js';
import type { FitControl } from './callback.js';

/** Whether the smaller value is the better one or the larger; `auto` goes by what the value is. */
export type Mode = 'auto' | Direction;
export const modes = ['auto', 'min', 'max'] as const satisfies readonly Mode[];

/** The value of one name, epoch after epoch, and the best so far. */
export class Monitor {
  best = 0;
  readonly #owner: string;
  readonly #name: string;
  readonly #minDelta: number;
  readonly #mode: Mode;
  /** Whether the larger value is the better one; resolved when a fit begins. */
  #larger: boolean;

  constructor(owner: string, { monitor, mode, minDelta }: { monitor: string; mode: Mode; minDelta: number }) {
    this.#owner = owner;
    this.#name = monitor;
    this.#minDelta = minDelta;
    this.#mode = mode;
    this.#larger = mode === 'max';
    this.reset();
  }

  reset(): void {
    this.best = this.#larger ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /**
   * Looks up, before the first step, which way the value improves: losses fall and metrics know. Refuses a name that the logs
   * will not have, and one whose direction nobody has told.
   */
  check({ logNames, directions }: FitControl): void {
    if (!logNames.includes(this.#name)) throw this.#notLogged(logNames);
    if (this.#mode !== 'auto') return;
    if (!Object.hasOwn(directions, this.#name)) throw this.#undirected();
    this.#larger = directions[this.#name] === 'max';
  }

  #notLogged(logNames: readonly string[]): Error {
    const hint = this.#name.startsWith('val_') ? 'give fit validation data, or monitor' : 'monitor';
    return userError(
      'UNKNOWN_MONITOR',
      `${this.#owner} monitors ${this.#name}, which this fit does not log; ${hint} one of ${logNames.join(', ')}.`,
    );
  }

  #undirected(): Error {
    return userError(
      'MODE_NEEDED',
      `${this.#owner} monitors ${this.#name}, a value of your own, with mode auto; give mode: 'min' if it improves as it falls, or mode: 'max' if it does as it rises.`,
    );
  }

  valueIn(logs: Logs): number {
    return logs[this.#name];
  }

  /** Whether `value` is better than `reference` by more than `minDelta`; never so for NaN. */
  improves(value: number, reference: number): boolean {
    return this.#larger ? value > reference + this.#minDelta : value < reference - this.#minDelta;
  }

  /** Takes `value` as the best if it improves on it. */
  take(value: number): boolean {
    const better = this.improves(value, this.best);
    if (better) this.best = value;
    return better;
  }
}
