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
  /** The data and batch size it stands in; going on with others would be another run. Both null for a dataset. */
  readonly rows: number | null;
  readonly batchSize: number | null;
  /** Steps after which an epoch ends; null where it ends with the rows. */
  readonly stepsPerEpoch: number | null;
  /** Batches of the pass over the rows that went to epochs before this one. */
  taken: number;
}

/** What outlives a `fit`: the trainer's own counters. */
export interface TrainingState {
  step: number;
  /** Passes over training rows that are over: the number of the next one keys its shuffle. */
  epochsTrained: number;
  position: FitPosition | null;
  /** What the callbacks of an unfinished `fit` remember, asked for when a checkpoint is written. */
  callbackStates: () => readonly CallbackState[];
}

/** What a position is compared with: the rows that `fit` was given, and the sums that its ranks keep. */
interface FitNow {
  readonly state: TrainingState;
  readonly train: { readonly rows: number | null };
  readonly runtime: { readonly totals: readonly number[] };
}

/** What a call of `fit` says of its steps. */
interface FitSteps {
  readonly batchSize: number;
  readonly stepsPerEpoch?: number | undefined;
  readonly initialEpoch: number;
}

/** The position of an interrupted fit over the same rows in the same steps, or a new one. */
export function takePosition({ state: { position }, train, runtime }: FitNow, steps: FitSteps): FitPosition {
  const { batchSize, stepsPerEpoch = null, initialEpoch } = steps;
  const now = { rows: train.rows, batchSize: train.rows === null ? null : batchSize, stepsPerEpoch };
  if (position === null) {
    const totals = runtime.totals.map(() => 0);
    return { epoch: initialEpoch, batch: 0, totals, history: {}, stopped: false, taken: 0, ...now };
  }
  requireSameTotals(position, runtime.totals.length);
  for (const name of ['rows', 'batchSize', 'stepsPerEpoch'] as const) {
    if (position[name] === now[name]) continue;
    const none = name === 'stepsPerEpoch' ? 'of all rows' : 'of a dataset';
    const [before, given] = [position[name] ?? none, now[name] ?? none];
    throw userError(
      'RESUME_MISMATCH',
      `This run was interrupted in epoch ${position.epoch} with ${name} ${before}, but fit was called with ${name} ${given}; go on with the same training data, batch size and steps per epoch.`,
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

/** Batches of one pass over the rows; without bound for a dataset, which ends when it does. */
export function batchesOf({ rows, batchSize }: Pick<FitPosition, 'rows' | 'batchSize'>): number {
  return rows === null || batchSize === null ? Number.POSITIVE_INFINITY : Math.ceil(rows / batchSize);
}

/** Steps of the epoch in progress: where the pass ends before `stepsPerEpoch`, the epoch ends with it, as in Keras. */
export function epochSteps({ stepsPerEpoch, taken, ...position }: FitPosition): number {
  const left = batchesOf(position) - taken;
  return Math.min(stepsPerEpoch ?? left, left);
}

/** Whether the rows will end within one of the epochs that are left. */
export function endsWithinEpoch(position: FitPosition, epochs: number): boolean {
  const { stepsPerEpoch, taken, epoch } = position;
  if (stepsPerEpoch === null) return false;
  const left = batchesOf(position) - taken;
  return left % stepsPerEpoch > 0 && epoch + Math.floor(left / stepsPerEpoch) < epochs;
}

/** Values of the last finished epoch; none before the first. */
export function lastLogs({ history }: FitPosition): Logs {
  return Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[values.length - 1]]));
}
