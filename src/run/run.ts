import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Logs } from '../coordinator/compiler/metrics.js';
import type { Trainer } from '../coordinator/trainer.js';
import { DataFailure, fault, LockstepError, userError } from '../shared/errors.js';
import { firstLine, reason } from '../shared/files.js';
import { CheckpointKeeper } from './checkpointKeeper.js';
import type { RunConfig } from './config/schema.js';
import type { KeptReading } from './data/format.js';
import { prepareDirectory, removeRun, unwritableRun } from './directory.js';
import { writeJson } from './json.js';
import { lockRun, type RunLock } from './lock.js';
import { RUN_TAKEN } from './lockFile.js';
import { openLog, type RunLog } from './log.js';
import { EpochFiles, type EpochRecord } from './metrics.js';
import { type RunPaths, runPaths } from './paths.js';
import { Presence, RUN_GONE } from './presence.js';
import type { ValidationFacts } from './report/validation.js';
import { writeReport } from './report/write.js';
import { createDirectory, type RunDirectory, requireFree, shorten } from './runDirectory.js';
import { requireSameData } from './sameData.js';
import { type RunState, writeStatus } from './status.js';
import { described, isUserError, untrained } from './stopping.js';

/** What the data of a run turned out to be. */
export interface RunFindings {
  readonly kept: KeptReading;
  /** There is data to validate on. */
  readonly validates: boolean;
}

/** Who hears of a run. */
export interface RunEar {
  onDirectory(directory: string): void;
  warn(message: string): void;
  /** What `work` resolves with, unless the run is to stop before that. */
  unlessStopped<T>(work: Promise<T>): Promise<T>;
}

/** What a run is written with. */
interface RunPlan {
  readonly directory: string;
  readonly lock: RunLock;
  readonly trainer: Trainer;
  /** Checkpoints to keep. */
  readonly keep: number;
  readonly isNew: boolean;
  /** The directory was made for it. */
  readonly isMade: boolean;
  /** The value by which an epoch is the best, and the lowest so far. */
  readonly monitor: string;
  readonly best: number;
  readonly epochs: EpochFiles;
  readonly warn: (message: string) => void;
  readonly presence: Presence;
  /** Writes what a resume needs beside a checkpoint. */
  readonly prepare: () => Promise<void>;
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
    // A checkpoint that went with its directory needs no warning of its own.
    const warn = async (message: string): Promise<void> => {
      if ((await plan.presence.look()) === 'there') plan.warn(message);
    };
    const where = { run: directory, directory: this.#paths.checkpoints };
    this.#keeper = new CheckpointKeeper({ ...rest, ...where, log: this.log, warn });
  }

  /**
   * Makes the directory of a new run, or takes up a resumed one at the trainer's step, and locks it. `onDirectory` hears of
   * the directory before anything is written to it.
   */
  static async open(
    place: RunDirectory,
    config: RunConfig,
    found: RunFindings,
    trainer: Trainer,
    ear: RunEar,
  ): Promise<Run> {
    const { kept } = found;
    if (place.kind === 'resumed') await requireSameData(place.directory, config, kept);
    const isNew = place.kind === 'new';
    const { directory, isMade } = isNew ? await createDirectory(place) : { ...place, isMade: false };
    ear.onDirectory(directory);
    const lock = await lockRun(directory, ear).catch(async (error) => {
      if (isMade) await removeRun(directory, isMade);
      throw unwritableRun(directory, error);
    });
    let isFree = false;
    try {
      if (isNew) await requireFree(directory);
      isFree = isNew;
      const paths = runPaths(directory);
      const monitor = found.validates ? 'val_loss' : 'loss';
      const prepare = async (): Promise<void> => {
        await lock.renew();
        await writeJson(paths.config, storable(config, trainer));
        await writeJson(paths.preprocessing, kept);
        await prepareDirectory(directory);
      };
      await prepare();
      const epochs = await EpochFiles.open(paths, trainer.step, config.run.tensorboard);
      await writeStatus(directory, { state: 'running', step: trainer.step });
      const { keep } = config.run.checkpoint;
      const presence = await Presence.of(directory);
      return new Run({
        directory,
        lock,
        trainer,
        keep,
        isNew,
        isMade,
        monitor,
        best: epochs.lowest(monitor),
        epochs,
        warn: ear.warn,
        presence,
        prepare,
      });
    } catch (error) {
      await lock.release();
      if (isFree) await removeRun(directory, isMade);
      throw unwritableRun(directory, error);
    }
  }

  /** A line that cannot be written is told; training goes on without it. */
  async recordEpoch(record: EpochRecord): Promise<void> {
    if (!(await this.#isThere())) return;
    for (const lost of await this.#plan.epochs.add(record)) this.#warn(lost);
    this.log.info(record, `epoch ${record.epoch} finished`);
  }

  /**
   * Takes a checkpoint named by its step, which is written while training goes on; then the oldest ones are removed.
   * `logs` are those of an epoch that has just ended: it may be the best one. One that cannot be written is told.
   */
  async checkpoint(logs?: Logs): Promise<void> {
    if (await this.#isThere()) await this.#keeper.take(logs?.[this.#plan.monitor]);
  }

  /** Writes the trained model and the report, and marks the run as finished. */
  async finish(summary: object, validation: ValidationFacts | null): Promise<void> {
    await this.#keeper.settle();
    const { presence, lock } = this.#plan;
    if ((await presence.look()) !== 'there') throw presence.error();
    await lock.requireOurs();
    const { model } = this.#paths;
    await this.#plan.trainer.save(model).catch((error) => {
      throw fault('RUN_UNWRITABLE', `The trained model cannot be written: ${firstLine(error)}.`, error);
    });
    this.log.info({ summary }, 'run finished');
    await this.#mark('finished');
    await writeReport(this.directory, validation).catch((error) =>
      this.#warn(`The report cannot be written: ${firstLine(error)}.`),
    );
    await this.#close();
  }

  /**
   * Keeps what can be kept when training has ended early; returns the error that the caller is to throw. What the user
   * stopped, or what failed though it should not have, ends in a checkpoint, and so do rows that could not be had. Another
   * mistake of the user's does not: the newest checkpoint is from before it.
   */
  async stop(error: unknown): Promise<unknown> {
    await this.#keeper.settle();
    const { code, message } = described(error);
    if (code === RUN_TAKEN || (await this.#isTaken())) return this.#leave(error);
    if (code === RUN_GONE || code === 'ABORTED') await this.#makeAgain();
    if (code === 'ABORTED') return this.#interrupt();
    this.log.error({ err: error }, message);
    const { isNew, trainer } = this.#plan;
    const isBarren = isNew && trainer.step === 0;
    if (error instanceof DataFailure && isBarren) return this.#forget(untrained(error));
    if (isUserError(error) && isBarren) return this.#forget(error);
    const lost = isUserError(error) ? null : await this.#keepLast();
    await this.#end('failed', { code, message });
    return isUserError(error) ? error : this.#sayHowToGoOn(error, lost);
  }

  async #isThere(): Promise<boolean> {
    const { presence, trainer, lock } = this.#plan;
    await lock.requireOurs();
    return presence.isThere(trainer.step, (message) => this.#warn(message));
  }

  /** Where nothing is left of the directory, it is made again for the last checkpoint: what was trained is not lost. */
  async #makeAgain(): Promise<void> {
    const { presence, prepare } = this.#plan;
    if ((await presence.look()) !== 'nothing') return;
    await mkdir(this.directory, { recursive: true })
      .then(prepare)
      .then(() => presence.renew())
      .catch((error) => this.#warn(`The run directory cannot be made again: ${reason(error)}.`));
  }

  /** Another process goes on with the run: this one writes nothing more to it. */
  async #leave<T>(error: T): Promise<T> {
    await this.#close();
    return error;
  }

  async #isTaken(): Promise<boolean> {
    return this.#plan.lock.requireOurs().then(
      () => false,
      (error) => error instanceof LockstepError && error.code === RUN_TAKEN,
    );
  }

  async #interrupt(): Promise<LockstepError> {
    const { step } = this.#plan.trainer;
    const lost = await this.#keepLast();
    this.log.warn({ step }, 'run interrupted');
    await this.#end('interrupted');
    return userError('ABORTED', `Training was stopped after step ${step}, ${this.#whereItIsKept(lost)}`);
  }

  /** What failed, where the run stands, and the command that goes on from there. */
  #sayHowToGoOn(error: unknown, lost: string | null): LockstepError {
    const { code, message } = described(error);
    const { step } = this.#plan.trainer;
    const place = `Training ended after step ${step}, ${this.#whereItIsKept(lost).replace(/\.$/, '')}`;
    const next = `go on with: lockstep train ${shorten(this.directory)} --resume`;
    if (error instanceof DataFailure) {
      return userError(code, `${error.finding}. ${place}; mend the source and ${next}`, error.cause);
    }
    return fault(code, `${message.replace(/\.$/, '')}. ${place}; ${next}`, error);
  }

  #whereItIsKept(lost: string | null): string {
    return lost === null ? `which is checkpointed in ${shorten(this.directory)}.` : `which could not be kept. ${lost}`;
  }

  /** Nothing was trained, so nothing is left behind. */
  async #forget<T>(error: T): Promise<T> {
    await this.#close();
    const { presence, isMade } = this.#plan;
    if ((await presence.look()) === 'there') await removeRun(this.directory, isMade);
    return error;
  }

  /** A last checkpoint, awaited; returns why there is none. */
  async #keepLast(): Promise<string | null> {
    if ((await this.#plan.presence.look()) === 'another') return 'Something else stands in its place.';
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
    await this.#mark(state, error);
    await this.#close();
  }

  async #mark(state: RunState, error?: { code: string; message: string }): Promise<void> {
    const { step } = this.#plan.trainer;
    await writeStatus(this.directory, { state, step, ...(error && { error }) }).catch((failed) =>
      this.#warn(`${this.#paths.status} cannot be written: ${reason(failed)}.`),
    );
  }

  async #close(): Promise<void> {
    this.#log.close();
    await this.#plan.lock.release();
  }
}

/** The config as a run stores it: its directory is where it stands, its shards and engine are resolved. */
function storable({ run: { out: _, ...run }, ...config }: RunConfig, trainer: Trainer): RunConfig {
  return { ...config, run: { ...run, shards: trainer.shards, engine: trainer.engine } };
}
