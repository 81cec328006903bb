import type { Measure } from '../shared/program/measures.js';
import type { Callback, FitControl } from './callbacks/callback.js';
import { logsOf } from './compiler/metrics.js';
import type { Runtime } from './ranks/runtime.js';

/** How often displays hear of progress, in milliseconds. */
const PROGRESS_MS = 100;

/** What is watched of a `fit`. */
interface WatchedFit {
  readonly context: {
    readonly runtime: Runtime;
    readonly measures: readonly Measure[];
    readonly train: { readonly rows: number };
  };
  readonly position: { readonly epoch: number; readonly batchSize: number; readonly totals: readonly number[] };
  readonly control: FitControl;
  readonly options: { readonly callbacks: readonly Callback[]; readonly signal?: AbortSignal };
}

/** Passes the stop request on to the ranks, and progress to displays, while an epoch runs; returns how to end that. */
export function watchProgress({ context, position, control, options }: WatchedFit): () => void {
  const { runtime, measures, train } = context;
  const { stepsPerEpoch, epochs } = control;
  const { callbacks, signal } = options;
  const stop = (): void => runtime.requestStop();
  signal?.addEventListener('abort', stop);
  const displays = callbacks.filter((callback) => callback.onProgress !== undefined);
  const began = performance.now();
  const rowsBefore = position.totals[0];
  const show = (): void => {
    const totals = runtime.totals;
    const batch = Math.min(Math.ceil(totals[0] / position.batchSize), stepsPerEpoch);
    const samplesPerSecond = ((totals[0] - rowsBefore) / (performance.now() - began)) * 1000;
    const logs = logsOf(measures, totals);
    for (const callback of displays) {
      callback.onProgress?.({ epoch: position.epoch, epochs, batch, stepsPerEpoch, samplesPerSecond, logs });
    }
  };
  const timer = displays.length > 0 && train.rows > 0 ? setInterval(show, PROGRESS_MS) : undefined;
  return () => {
    signal?.removeEventListener('abort', stop);
    clearInterval(timer);
    show();
  };
}
