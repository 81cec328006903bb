import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { LockstepError, userError } from '../../shared/errors.js';
import type { RunConfig } from '../config/schema.js';
import type { Preprocessing } from '../data/preprocessing.js';
import type { Trainer } from '../trainer.js';
import { checkpointName, prepareCheckpoints, pruneCheckpoints } from './checkpoints.js';
import { readJson, writeJson } from './json.js';
import { openLog, type RunLog } from './log.js';
import { appendEpoch, type EpochRecord, rewindMetrics } from './metrics.js';
import { type RunPaths, runPaths } from './paths.js';
import { createDirectory, type Place, shorten } from './place.js';
import { type RunState, writeStatus } from './status.js';

/** A run directory that is being written: the only code that writes to one. */
export class Run {
  readonly directory: string;
  readonly log: Logger;
  readonly #paths: RunPaths;
  readonly #log: RunLog;
  readonly #trainer: Trainer;
  readonly #keep: number;
  readonly #isNew: boolean;

  private constructor(directory: string, trainer: Trainer, keep: number, isNew: boolean) {
    this.directory = directory;
    this.#paths = runPaths(directory);
    this.#log = openLog(this.#paths.log);
    this.log = this.#log.write;
    this.#trainer = trainer;
    this.#keep = keep;
    this.#isNew = isNew;
  }

  /** Makes the directory of a new run, or takes up a resumed one at the trainer's step. */
  static async open(place: Place, config: RunConfig, preprocessing: Preprocessing, trainer: Trainer): Promise<Run> {
    if (place.kind === 'resumed') await requireSameData(place.directory, config, preprocessing);
    const directory = place.kind === 'new' ? await createDirectory(place) : place.directory;
    const paths = runPaths(directory);
    await prepareCheckpoints(paths.checkpoints);
    await rewindMetrics(paths.metrics, trainer.step);
    await writeStatus(directory, { state: 'running', step: trainer.step });
    await writeJson(paths.preprocessing, preprocessing);
    await writeJson(paths.config, storable(config, trainer));
    return new Run(directory, trainer, config.run.checkpoint.keep, place.kind === 'new');
  }

  async recordEpoch(record: EpochRecord): Promise<void> {
    await appendEpoch(this.#paths.metrics, record);
    this.log.info(record, `epoch ${record.epoch} finished`);
  }

  /** Writes a checkpoint named by its step, and removes the oldest ones; returns its path. */
  async checkpoint(): Promise<string> {
    const { step } = this.#trainer;
    const path = join(this.#paths.checkpoints, checkpointName(step));
    const began = performance.now();
    await this.#trainer.checkpoint(path);
    await pruneCheckpoints(this.#paths.checkpoints, this.#keep);
    await writeStatus(this.directory, { state: 'running', step });
    this.log.info({ path, step, milliseconds: Math.round(performance.now() - began) }, 'checkpoint written');
    return path;
  }

  /** Writes the trained model and marks the run as finished. */
  async finish(summary: object): Promise<void> {
    await this.#trainer.save(this.#paths.model);
    await this.#end('finished');
    this.log.info({ summary }, 'run finished');
    this.#log.close();
  }

  /** Keeps what can be kept when training has ended early; returns the error that the caller is to throw. */
  async stop(error: unknown): Promise<unknown> {
    const { code, message } = described(error);
    if (code === 'ABORTED') return this.#interrupt();
    this.log.error({ err: error }, message);
    this.#log.close();
    if (this.#isNew && this.#trainer.step === 0 && isUserError(error)) await rm(this.directory, { recursive: true });
    else await this.#end('failed', { code, message });
    return error;
  }

  async #interrupt(): Promise<LockstepError> {
    const path = await this.checkpoint();
    await this.#end('interrupted');
    const { step } = this.#trainer;
    this.log.warn({ path, step }, 'run interrupted');
    this.#log.close();
    return userError(
      'ABORTED',
      `Training was stopped after step ${step}, which is checkpointed in ${shorten(this.directory)}.`,
    );
  }

  async #end(state: RunState, error?: { code: string; message: string }): Promise<void> {
    await writeStatus(this.directory, { state, step: this.#trainer.step, ...(error && { error }) });
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
