import { userError } from '../../shared/errors.js';
import type { Logs } from '../compiler/metrics.js';
import type { FitControl } from './callback.js';

/** Whether the smaller value is the better one; `auto` goes by the name. */
export type Mode = 'auto' | 'min' | 'max';
export const modes = ['auto', 'min', 'max'] as const satisfies readonly Mode[];

/** Metrics that grow as the model improves; all else, losses and errors, shrinks. */
const GROWING = /acc|auc|precision|recall|f1|fmeasure|iou|cosinesimilarity|r2|topk/i;

/** The value of one name, epoch after epoch, and the best so far. */
export class Monitor {
  best = 0;
  readonly #owner: string;
  readonly #name: string;
  readonly #minDelta: number;
  readonly #larger: boolean;

  constructor(owner: string, { monitor, mode, minDelta }: { monitor: string; mode: Mode; minDelta: number }) {
    this.#owner = owner;
    this.#name = monitor;
    this.#minDelta = minDelta;
    this.#larger = mode === 'auto' ? GROWING.test(monitor.replaceAll('_', '')) : mode === 'max';
    this.reset();
  }

  reset(): void {
    this.best = this.#larger ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** Refuses, before the first step, a name that the logs will not have. */
  check({ logNames }: FitControl): void {
    if (logNames.includes(this.#name)) return;
    const hint = this.#name.startsWith('val_') ? 'give fit validation data, or monitor' : 'monitor';
    throw userError(
      'UNKNOWN_MONITOR',
      `${this.#owner} monitors ${this.#name}, which this fit does not log; ${hint} one of ${logNames.join(', ')}.`,
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
