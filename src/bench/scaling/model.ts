import { bytesMoved } from '../../coordinator/autoWorkers.js';
import { dot, nonNegativeLeastSquares } from './nonNegative.js';

/** A measured step. */
export interface TimedPoint {
  readonly workers: number;
  /** Rows of the global batch. */
  readonly rows: number;
  /** Milliseconds a step. */
  readonly milliseconds: number;
}

/** What else the model of a step knows. */
export interface ModelSetting {
  readonly cores: number;
  readonly shards: number;
  readonly parameters: number;
}

/**
 * A step of N ranks on p = min(N, cores) cores, in milliseconds:
 * t = serial + rows/p · perRow + bytes/p · perByte + (p − 1) · perRank + (N − p) · perExtraRank.
 * The fourth term is the barrier, a counter that ranks increment one after the other; the last is what ranks without a
 * core cost, which sleep and are woken.
 */
export interface StepModel {
  readonly serial: number;
  readonly perRow: number;
  readonly perByte: number;
  readonly perRank: number;
  readonly perExtraRank: number;
}

export interface FittedModel {
  readonly model: StepModel;
  /** Bandwidth of reduce and update on one core; null where no time was found to go with the bytes. */
  readonly gigabytesPerSecond: number | null;
  readonly points: readonly (TimedPoint & { readonly predicted: number; readonly error: number })[];
  /** The largest |predicted − measured| / measured on the points it was fitted to. */
  readonly worstError: number;
  /** The same when each point in turn is left out of the fit and then predicted; null with too few points to do so. */
  readonly worstLeftOutError: number | null;
  readonly projection: readonly Projected[];
}

/** What the model says of machines that nobody has measured. */
export interface Projected {
  readonly ranks: number;
  /** Speed-up over one rank on the same batch, with a core of its own and its share of new memory bandwidth for each rank. */
  readonly speedup: number;
  /** The same where the memory bandwidth stays that of the machine measured. */
  readonly speedupSameMemory: number;
}

const TERMS = 5;
export const PROJECTED_RANKS: readonly number[] = [1, 2, 4, 8, 16, 32, 64];

/** Fits the model to at least two points by non-negative least squares of the relative errors. */
export function fitStepModel(points: readonly TimedPoint[], setting: ModelSetting, rows: number): FittedModel {
  const model = fit(points, setting);
  const judged = points.map((point) => ({ ...point, ...judge(model, point, setting) }));
  const leftOut =
    points.length <= TERMS
      ? null
      : points.map((point) => {
          const others = points.filter((other) => other !== point);
          return Math.abs(judge(fit(others, setting), point, setting).error);
        });
  return {
    model,
    gigabytesPerSecond: model.perByte > 0 ? 1e-6 / model.perByte : null,
    points: judged,
    worstError: Math.max(...judged.map(({ error }) => Math.abs(error))),
    worstLeftOutError: leftOut === null ? null : Math.max(...leftOut),
    projection: PROJECTED_RANKS.map((ranks) => project(model, ranks, rows, setting)),
  };
}

/** Milliseconds a step by the model. */
export function predict(model: StepModel, workers: number, rows: number, setting: ModelSetting): number {
  return dot(terms(workers, rows, setting), [
    model.serial,
    model.perRow,
    model.perByte,
    model.perRank,
    model.perExtraRank,
  ]);
}

function fit(points: readonly TimedPoint[], setting: ModelSetting): StepModel {
  const relative = points.map(({ workers, rows, milliseconds }) =>
    terms(workers, rows, setting).map((term) => term / milliseconds),
  );
  const ones = points.map(() => 1);
  const [serial, perRow, perByte, perRank, perExtraRank] = nonNegativeLeastSquares(relative, ones);
  return { serial, perRow, perByte, perRank, perExtraRank };
}

function terms(workers: number, rows: number, { cores, shards, parameters }: ModelSetting): number[] {
  const busy = Math.min(workers, cores);
  return [1, rows / busy, bytesMoved(parameters, workers, shards) / busy, busy - 1, workers - busy];
}

function judge(model: StepModel, { workers, rows, milliseconds }: TimedPoint, setting: ModelSetting) {
  const predicted = predict(model, workers, rows, setting);
  return { predicted, error: predicted / milliseconds - 1 };
}

function project(model: StepModel, ranks: number, rows: number, setting: ModelSetting): Projected {
  const shards = Math.max(setting.shards, 2 ** Math.ceil(Math.log2(ranks)));
  const time = (count: number) => predict(model, count, rows, { ...setting, shards, cores: ranks });
  const withMemory = time(ranks);
  const bytes = bytesMoved(setting.parameters, ranks, shards) * model.perByte;
  const sameMemory = withMemory + bytes / Math.min(ranks, setting.cores) - bytes / ranks;
  return { ranks, speedup: time(1) / withMemory, speedupSameMemory: time(1) / sameMemory };
}
