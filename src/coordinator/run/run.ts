import { rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { fault, LockstepError, userError } from '../../shared/errors.js';
import type { RunConfig } from '../config/schema.js';
import type { Preprocessing } from '../data/preprocessing.js';
import { reason } from '../files.js';
import type { Logs } from '../metrics.js';
import type { Trainer } from '../trainer.js';
import { CheckpointKeeper } from './checkpointKeeper.js';
import { prepareCheckpoints } from './checkpoints.js';
import { readJson, writeJson } from './json.js';
import { openLog, type RunLog } from './log.js';
import { appendEpoch, type EpochRecord, rewindMetrics } from './metrics.js';
import { type RunPaths, runPaths } from './paths.js';
import { createDirectory, type Place, shorten } from './place.js';
import { type RunState, writeStatus } from './status.js';

/** What a run is written with. */
interface RunPlan {
  readonly directory: string;
  readonly trainer: Trainer;
  /** Checkpoints to keep. */
  readonly keep: number;
  readonly isNew: boolean;
  /** The value by which an epoch is the best, and the lowest so far. */
  readonly monitor: string;
  readonly best: number;
  readonly warn: (message: string) => void;
}

/** A run directory that is being written: the only code that writes to one. */
export class Run {
  readonly directory: string;
  readonly log: Logger;
  readonly #paths: RunPaths;
  readonly #log: RunLog;
  readonly #plan: RunPlan;
  readonly #keeper: CheckpointKeeper;

  private constructor(plan: RunPlan) {
    this.directory = plan.directory;
    this.#plan = plan;
    this.#paths = runPaths(plan.directory);
    this.#log = openLog(this.#paths.log, (error) => plan.warn(`The log cannot be written: ${reason(error)}.`));
    this.log = this.#log.write;
    const { directory, ...rest } = plan;
    this.#keeper = new CheckpointKeeper({ ...rest, run: directory, directory: this.#paths.checkpoints, log: this.log });
  }

  /** Makes the directory of a new run, or takes up a resumed one at the trainer's step. */
  static async open(
    place: Place,
    config: RunConfig,
    { preprocessing, validates }: { readonly preprocessing: Preprocessing; readonly validates: boolean },
    trainer: Trainer,
    warn: (message: string) => void,
  ): Promise<Run> {
    if (place.kind === 'resumed') await requireSameData(place.directory, config, preprocessing);
    const directory = place.kind === 'new' ? await createDirectory(place) : place.directory;
    const paths = runPaths(directory);
    const monitor = validates ? 'val_loss' : 'loss';
    await prepareCheckpoints(paths.checkpoints);
    const best = await rewindMetrics(paths.metrics, trainer.step, monitor);
    await writeStatus(directory, { state: 'running', step: trainer.step });
    await writeJson(paths.preprocessing, preprocessing);
    await writeJson(paths.config, storable(config, trainer));
    const { keep } = config.run.checkpoint;
    return new Run({ directory, trainer, keep, isNew: place.kind === 'new', monitor, best, warn });
  }

  /** A line that cannot be written is told; training goes on without it. */
  async recordEpoch(record: EpochRecord): Promise<void> {
    await appendEpoch(this.#paths.metrics, record).catch((error) =>
      this.#warn(`Epoch ${record.epoch} could not be added to ${this.#paths.metrics}: ${reason(error)}.`),
    );
    this.log.info(record, `epoch ${record.epoch} finished`);
  }

  /**
   * Takes a checkpoint named by its step, which is written while training goes on; then the oldest ones are removed.
   * `logs` are those of an epoch that has just ended: it may be the best one. One that cannot be written is told.
   */
  async checkpoint(logs?: Logs): Promise<void> {
    await this.#keeper.take(logs?.[this.#plan.monitor]);
  }

  /** Writes the trained model and marks the run as finished. */
  async finish(summary: object): Promise<void> {
    await this.#keeper.settle();
    try {
      await this.#plan.trainer.save(this.#paths.model);
      await this.#end('finished');
    } catch (error) {
      throw fault(
        'RUN_UNWRITABLE',
        `The trained model cannot be written to ${this.#paths.model}: ${reason(error)}.`,
        error,
      );
    }
    this.log.info({ summary }, 'run finished');
    this.#log.close();
  }

  /** Keeps what can be kept when training has ended early; returns the error that the caller is to throw. */
  async stop(error: unknown): Promise<unknown> {
    await this.#keeper.settle();
    const { code, message } = described(error);
    if (code === 'ABORTED') return this.#interrupt();
    this.log.error({ err: error }, message);
    this.#log.close();
    const { isNew, trainer } = this.#plan;
    if (isNew && trainer.step === 0 && isUserError(error)) await rm(this.directory, { recursive: true });
    else await this.#end('failed', { code, message }).catch(() => {});
    return error;
  }

  async #interrupt(): Promise<LockstepError> {
    const { step } = this.#plan.trainer;
    const lost = await this.#keepLast();
    await this.#end('interrupted').catch(() => {});
    this.log.warn({ step }, 'run interrupted');
    this.#log.close();
    const outcome =
      lost === null ? `which is checkpointed in ${shorten(this.directory)}` : `which could not be kept. ${lost}`;
    return userError('ABORTED', `Training was stopped after step ${step}, ${outcome.replace(/\\.$/, '')}.`);
  }

  /** A last checkpoint, awaited; returns why there is none. */
  async #keepLast(): Promise<string | null> {
    try {
      await this.#keeper.takeLast();
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #warn(message: string): void {
    this.log.warn(message);
    this.#plan.warn(message);
  }

  async #end(state: RunState, error?: { code: string; message: string }): Promise<void> {
    await writeStatus(this.directory, { state, step: this.#plan.trainer.step, ...(error && { error }) });
  }
}

/** The config as a run stores it: its directory is where it stands, its shards and engine are settled. */
function storable({ run: { out: _, ...run }, ...config }: RunConfig, trainer: Trainer): RunConfig {
  return { ...config, run: { ...run, shards: trainer.shards, engine: trainer.engine } };
}

/** A resumed run goes on with the very numbers it began with. */
async function requireSameData(directory: string, { data }: RunConfig, { digest }: Preprocessing): Promise<void> {
  const stored = await readJson<Preprocessing>(runPaths(directory).preprocessing);
  if (stored === undefined || stored.digest === digest) return;
  throw userError(
    'RESUME_MISMATCH',
    `${data.csv} no longer holds the data that the run in ${shorten(directory)} was started with; restore the file, or leave --resume out to start another run.`,
  );
}

function isUserError(error: unknown): boolean {
  return error instanceof LockstepError && error.blame === 'user';
}

function described(error: unknown): { code: string; message: string } {
  const { code = 'UNEXPECTED', message } = error as { code?: string; message: string };
  return { code, message };
}
