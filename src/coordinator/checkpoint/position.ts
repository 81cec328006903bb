import { userError } from '../../shared/errors.js';
import type { Logs } from '../compiler/metrics.js';

/** What one callback remembers, as checkpoints hold it. */
export interface CallbackState {
  readonly name: string;
  readonly state: unknown;
}

/** Where an unfinished `fit` stands; part of every checkpoint. */
export interface FitPosition {
  /** Epoch in progress, and how many of its batches are done. */
  epoch: number;
  batch: number;
  /** Rows and sums of the epoch so far. */
  totals: readonly number[];
  /** One value an epoch that is finished. */
  history: Record<string, number[]>;
  /** A callback has ended training: nothing is left but the end of the epoch in progress. */
  stopped: boolean;
  /** The data and batch size it stands in; going on with others would be another run. */
  readonly rows: number;
  readonly batchSize: number;
}

/** What outlives a `fit`: the trainer's own counters. */
export interface TrainingState {
  step: number;
  epochsTrained: number;
  position: FitPosition | null;
  /** What the callbacks of an unfinished `fit` remember, asked for when a checkpoint is written. */
  callbackStates: () => readonly CallbackState[];
}

/** What a position is compared with: the rows that `fit` was given, and the sums that its ranks keep. */
interface FitNow {
  readonly state: TrainingState;
  readonly train: { readonly rows: number };
  readonly runtime: { readonly totals: readonly number[] };
}

/** The position of an interrupted fit over the same rows and batch size, or a new one. */
export function takePosition({ state: { position }, train, runtime }: FitNow, batchSize: number): FitPosition {
  if (position === null) {
    const totals = runtime.totals.map(() => 0);
    return { epoch: 0, batch: 0, totals, history: {}, stopped: false, rows: train.rows, batchSize };
  }
  requireSameTotals(position, runtime.totals.length);
  for (const [name, now] of Object.entries({ rows: train.rows, batchSize })) {
    const before = position[name as 'rows' | 'batchSize'];
    if (before === now) continue;
    throw userError(
      'RESUME_MISMATCH',
      `This run was interrupted in epoch ${position.epoch} with ${name} ${before}, but fit was called with ${name} ${now}; go on with the same training data and batch size.`,
    );
  }
  return position;
}

/** The metrics of an epoch that was begun by another version may be made of other sums. */
function requireSameTotals(position: FitPosition, count: number): void {
  if (position.batch === 0) position.totals = new Array<number>(count).fill(0);
  if (position.totals.length === count) return;
  throw userError(
    'RESUME_MISMATCH',
    `This checkpoint was written in the middle of epoch ${position.epoch + 1} with ${position.totals.length} sums for its metrics, but this version of Lockstep keeps ${count}; resume from a checkpoint of the end of an epoch, or with the version that wrote it.`,
  );
}

/** Values of the last finished epoch; none before the first. */
export function lastLogs({ history }: FitPosition): Logs {
  return Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[values.length - 1]]));
}
