import type { Callback, FitControl } from '../callbacks/callback.js';
import type { RunConfig } from '../config/schema.js';
import type { Logs } from '../metrics.js';
import type { RunEvent } from './events.js';
import type { Run } from './run.js';

/** A callback of `fit` that writes metrics and checkpoints to the run directory and tells a display what happens. */
export function recordRun(run: Run, config: RunConfig, rows: number, tell: (event: RunEvent) => void): Callback {
  const { everyEpochs, everySteps } = config.run.checkpoint;
  let began = 0;
  const epochEnd = async (epoch: number, logs: Logs, fit: FitControl): Promise<void> => {
    const seconds = (performance.now() - began) / 1000;
    const { step, epochs, learningRate } = fit;
    const record = { epoch: epoch + 1, step, seconds, samplesPerSecond: rows / seconds, learningRate, logs };
    await run.recordEpoch(record);
    tell({ event: 'epoch', epochs, ...record });
    if ((epoch + 1) % everyEpochs === 0 || epoch + 1 === epochs) await run.checkpoint();
  };
  return {
    onEpochBegin: () => {
      began = performance.now();
    },
    onEpochEnd: epochEnd,
    onProgress: (progress) => tell({ event: 'progress', ...progress, epoch: progress.epoch + 1 }),
    ...(everySteps !== undefined && {
      onBatchEnd: async (_batch: number, _logs: Logs, { step }: FitControl) => {
        if (step % everySteps === 0) await run.checkpoint();
      },
    }),
  };
}
