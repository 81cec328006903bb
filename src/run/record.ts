import type { Callback, FitControl, Progress } from '../coordinator/callbacks/callback.js';
import type { Logs } from '../coordinator/compiler/metrics.js';
import type { RunConfig } from './config/schema.js';
import type { RunEvent } from './events.js';
import type { Run } from './run.js';

/**
 * The callback of `fit` that writes metrics and checkpoints to the run directory and tells a display what happens. The
 * clock may decide when a checkpoint is due, as none changes a bit of the result.
 */
export class Recorder implements Callback {
  readonly pauseEvery?: number;
  readonly #run: Run;
  readonly #schedule: RunConfig['run']['checkpoint'];
  readonly #rows: number;
  readonly #batchSize: number;
  readonly #tell: (event: RunEvent) => void;
  #fit: FitControl | null = null;
  #epochBegan = 0;
  /** Updates applied when the epoch, or what is left of it after a resume, began. */
  #firstStep = 0;
  #checkpointed = performance.now();

  constructor(run: Run, config: RunConfig, rows: number, tell: (event: RunEvent) => void) {
    this.#run = run;
    this.#schedule = config.run.checkpoint;
    this.#rows = rows;
    this.#batchSize = config.fit.batchSize;
    this.#tell = tell;
    if (this.#schedule.everySteps !== undefined) this.pauseEvery = this.#schedule.everySteps;
  }

  onTrainBegin(fit: FitControl): void {
    this.#fit = fit;
  }

  onEpochBegin(_epoch: number, { step }: FitControl): void {
    this.#epochBegan = performance.now();
    this.#firstStep = step;
  }

  async onPause(): Promise<void> {
    await this.#checkpoint();
  }

  async onEpochEnd(epoch: number, logs: Logs, fit: FitControl): Promise<void> {
    const { step, epochs, stopped } = fit;
    // A callback may have lowered the rate since the epoch ended.
    const { learning_rate: learningRate = fit.learningRate, ...values } = logs;
    const seconds = (performance.now() - this.#epochBegan) / 1000;
    const samplesPerSecond = Math.min(this.#rows, (step - this.#firstStep) * this.#batchSize) / seconds;
    const time = new Date().toISOString();
    const record = { epoch: epoch + 1, step, time, seconds, samplesPerSecond, learningRate, logs: values };
    await this.#run.recordEpoch(record);
    this.#tell({ event: 'epoch', epochs, ...record });
    const { everyEpochs, everySteps = Number.POSITIVE_INFINITY } = this.#schedule;
    if ((epoch + 1) % everyEpochs === 0 || epoch + 1 === epochs || stopped || step % everySteps === 0)
      await this.#checkpoint(logs);
  }

  onProgress(progress: Progress): void {
    this.#tell({ event: 'progress', ...progress, epoch: progress.epoch + 1 });
    if (performance.now() - this.#checkpointed >= this.#schedule.everyMinutes * 60_000) this.#fit?.pause();
  }

  async #checkpoint(logs?: Logs): Promise<void> {
    await this.#run.checkpoint(logs);
    this.#checkpointed = performance.now();
  }
}
