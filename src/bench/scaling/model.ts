import { bytesMoved } from '../../coordinator/ranks/autoWorkers.js';
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
 * A step of N ranks on p = min(N, cores) cores, in milliseconds: the sum over these terms of coefficient times quantity.
 * Where p > 1, cores that compute at once share caches, memory and clock frequency, so a row takes longer. The barrier is
 * a counter that ranks increment one after the other. Ranks without a core sleep and are woken.
 */
const quantities = {
  serial: () => 1,
  perRow: ({ busy, rows }) => rows / busy,
  perSharedRow: ({ busy, rows }) => (busy > 1 ? rows / busy : 0),
  perByte: ({ busy, bytes }) => bytes / busy,
  perRank: ({ busy }) => busy - 1,
  perExtraRank: ({ busy, workers }) => workers - busy,
} as const satisfies Record<string, (step: StepSize) => number>;

interface StepSize {
  readonly workers: number;
  /** Cores that compute. */
  readonly busy: number;
  readonly rows: number;
  /** Bytes that reduce and update move. */
  readonly bytes: number;
}

type Term = keyof typeof quantities;
const termNames = Object.keys(quantities) as Term[];

/** Milliseconds a unit of each term. */
export type StepModel = Readonly<Record<Term, number>>;

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

export const PROJECTED_RANKS: readonly number[] = [1, 2, 4, 8, 16, 32, 64];

/** Terms that are known before the fit. */
export type KnownTerms = Partial<StepModel>;

/** Fits the model to at least two points by non-negative least squares of the relative errors. */
export function fitStepModel(
  points: readonly TimedPoint[],
  setting: ModelSetting,
  rows: number,
  known: KnownTerms = {},
): FittedModel {
  const model = fit(points, setting, known);
  const predicted = points.map((point) => ({ ...point, ...compareWithModel(model, point, setting) }));
  const leftOut =
    points.length <= termNames.length
      ? null
      : points.map((point) => {
          const others = points.filter((other) => other !== point);
          return Math.abs(compareWithModel(fit(others, setting, known), point, setting).error);
        });
  return {
    model,
    gigabytesPerSecond: model.perByte > 0 ? 1e-6 / model.perByte : null,
    points: predicted,
    worstError: Math.max(...predicted.map(({ error }) => Math.abs(error))),
    worstLeftOutError: leftOut === null ? null : Math.max(...leftOut),
    projection: PROJECTED_RANKS.map((ranks) => project(model, ranks, rows, setting)),
  };
}

/** Milliseconds a step by the model. */
export function predict(model: StepModel, workers: number, rows: number, setting: ModelSetting): number {
  const sizes = terms(workers, rows, setting);
  return dot(
    sizes,
    termNames.map((name) => model[name]),
  );
}

function fit(points: readonly TimedPoint[], setting: ModelSetting, known: KnownTerms): StepModel {
  const relative = points.map(({ workers, rows, milliseconds }) =>
    terms(workers, rows, setting).map((term) => term / milliseconds),
  );
  const unknown = termNames.flatMap((name, term) => (known[name] === undefined ? [term] : []));
  const found = nonNegativeLeastSquares(
    relative.map((row) => unknown.map((term) => row[term])),
    relative.map((row) => termNames.reduce((left, name, term) => left - (known[name] ?? 0) * row[term], 1)),
  );
  const fitted = unknown.map((term, i) => [termNames[term], found[i]]);
  return { ...(Object.fromEntries(fitted) as StepModel), ...known };
}

function terms(workers: number, rows: number, { cores, shards, parameters }: ModelSetting): number[] {
  const step = { workers, rows, busy: Math.min(workers, cores), bytes: bytesMoved(parameters, workers, shards) };
  return termNames.map((name) => quantities[name](step));
}

function compareWithModel(model: StepModel, { workers, rows, milliseconds }: TimedPoint, setting: ModelSetting) {
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
