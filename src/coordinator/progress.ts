import type { Measure } from '../shared/program/measures.js';
import type { Callback, FitControl } from './callbacks/callback.js';
import { CallbackFailure } from './callbacks/failure.js';
import { callGuarded } from './callbacks/guarded.js';
import type { Interruption } from './callbacks/interruption.js';
import type { FitPosition } from './checkpoint/position.js';
import { logsOf } from './compiler/metrics.js';
import type { Runtime } from './ranks/runtime.js';

/** How often displays hear of progress, in milliseconds. */
const PROGRESS_MS = 100;

/** What is watched of a `fit`. */
interface WatchedFit {
  readonly context: {
    readonly runtime: Runtime;
    readonly measures: readonly Measure[];
    readonly train: { readonly rows: number | null };
  };
  readonly position: Pick<FitPosition, 'epoch' | 'batch' | 'batchSize' | 'totals'>;
  readonly control: FitControl;
  readonly options: { readonly callbacks: readonly Callback[] };
  readonly interruption: Interruption;
}

/**
 * Passes what interrupts training on to the ranks, and progress to displays, while an epoch runs; returns how to end that.
 * A display that fails interrupts training.
 */
export function watchProgress({ context, position, control, options, interruption }: WatchedFit): () => void {
  const { runtime, measures, train } = context;
  const { stepsPerEpoch, epochs } = control;
  const { signal } = interruption;
  const stop = (): void => runtime.requestStop();
  signal.addEventListener('abort', stop);
  const displays = options.callbacks.filter((callback) => callback.onProgress !== undefined);
  const began = performance.now();
  const rowsBefore = position.totals[0];
  const show = (): void => {
    // While a callback predicts or evaluates, the ranks' totals are those of that.
    const totals = runtime.isTraining ? runtime.totals : position.totals;
    const { batchSize } = position;
    const batch = batchSize === null ? position.batch : Math.min(Math.ceil(totals[0] / batchSize), stepsPerEpoch);
    const samplesPerSecond = ((totals[0] - rowsBefore) / (performance.now() - began)) * 1000;
    const logs = logsOf(measures, totals);
    const progress = { epoch: position.epoch, epochs, batch, stepsPerEpoch, samplesPerSecond, logs };
    for (const display of displays) {
      callGuarded(
        () => display.onProgress?.(progress),
        (error) => interruption.fail(new CallbackFailure(error)),
      );
    }
  };
  const timer = displays.length > 0 && train.rows !== 0 ? setInterval(show, PROGRESS_MS) : undefined;
  return () => {
    signal.removeEventListener('abort', stop);
    clearInterval(timer);
    show();
  };
}
