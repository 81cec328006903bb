import { userError } from '../../shared/errors.js';
import type {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  OneCycle,
  PiecewiseConstant,
  PolynomialDecay,
  Schedule,
  WarmUp,
} from '../../shared/optimizers/schedules.js';
import {
  flag,
  nonNegative,
  number,
  optional,
  positive,
  type Rule,
  type Rules,
  readOptions,
  wholeFrom,
} from './check.js';

/** Arguments of a schedule: those of `D` have a default. */
type Arguments<S extends Schedule, D extends keyof S = never> = Omit<S, 'kind' | D> & Partial<Pick<S, D>>;

const steps = wholeFrom(1);
const share = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const atLeastOne = number('a number of at least 1', (value) => value >= 1);

/**
 * Keras's ExponentialDecay: rate · decayRate^(step / decaySteps), in whole powers with `staircase`
 * (https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/).
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`, as all schedules.
 * @example adam({ learningRate: 0.1, schedule: schedules.exponentialDecay({ decaySteps: 1000, decayRate: 0.96 }) })
 */
export function exponentialDecay(options: Arguments<ExponentialDecay, 'staircase'>): ExponentialDecay {
  const rules = { decaySteps: steps, decayRate: nonNegative, staircase: flag };
  return read<ExponentialDecay>('exponentialDecay', options, { staircase: false }, rules);
}

/**
 * Keras's PiecewiseConstantDecay with factors of the base rate in place of rates: factors[i] up to and including step
 * boundaries[i], the last factor after the last boundary
 * (https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/).
 *
 * @example schedules.piecewiseConstant({ boundaries: [10_000, 20_000], factors: [1, 0.5, 0.1] })
 */
export function piecewiseConstant(options: Arguments<PiecewiseConstant>): PiecewiseConstant {
  const rules = {
    boundaries: list('whole numbers that rise', (value, before = -1) => Number.isSafeInteger(value) && value > before),
    factors: list('numbers of at least 0', (value) => value >= 0),
  };
  const schedule = read<PiecewiseConstant>('piecewiseConstant', options, {}, rules);
  const { boundaries, factors } = schedule;
  if (factors.length === boundaries.length + 1) return schedule;
  throw userError(
    'INVALID_OPTION',
    `piecewiseConstant: there are ${factors.length} factors for ${boundaries.length} boundaries; give one factor more than boundaries.`,
  );
}

/**
 * Keras's CosineDecay: along half a cosine to `alpha` of the base rate after decaySteps, where it stays
 * (https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/). For its warm-up, see `warmUp`.
 */
export function cosineDecay(options: Arguments<CosineDecay, 'alpha'>): CosineDecay {
  return read<CosineDecay>('cosineDecay', options, { alpha: 0 }, { decaySteps: steps, alpha: share });
}

/**
 * Keras's CosineDecayRestarts: each period is tMul times as long as the one before and begins at mMul times its rate
 * (https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/).
 */
export function cosineDecayRestarts(
  options: Arguments<CosineDecayRestarts, 'tMul' | 'mMul' | 'alpha'>,
): CosineDecayRestarts {
  const rules = { firstDecaySteps: steps, tMul: atLeastOne, mMul: nonNegative, alpha: share };
  const defaults = { tMul: 2, mMul: 1, alpha: 0 };
  return read<CosineDecayRestarts>('cosineDecayRestarts', options, defaults, rules);
}

/**
 * Keras's PolynomialDecay: (rate − end) · (1 − step / decaySteps)^power + end
 * (https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/).
 */
export function polynomialDecay(
  options: Arguments<PolynomialDecay, 'endLearningRate' | 'power' | 'cycle'>,
): PolynomialDecay {
  const rules = { decaySteps: steps, endLearningRate: nonNegative, power: positive, cycle: flag };
  const defaults = { endLearningRate: 1e-4, power: 1, cycle: false };
  return read<PolynomialDecay>('polynomialDecay', options, defaults, rules);
}

/**
 * PyTorch's OneCycleLR with cosines: the base rate is the peak, reached after pctStart of totalSteps
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html).
 */
export function oneCycle(options: Arguments<OneCycle, 'pctStart' | 'divFactor' | 'finalDivFactor'>): OneCycle {
  const pctStart = number('a number from 0 up to, but not including, 1', (value) => value >= 0 && value < 1);
  const rules = { totalSteps: steps, pctStart, divFactor: positive, finalDivFactor: positive };
  const defaults = { pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 };
  return read<OneCycle>('oneCycle', options, defaults, rules);
}

/**
 * A straight line over warmupSteps from startFactor of the rate to the rate with which `after` begins; then `after`,
 * its steps counted from there, or the base rate (Goyal et al., 2017).
 *
 * @example schedules.warmUp({ warmupSteps: 500, after: schedules.cosineDecay({ decaySteps: 10_000 }) })
 */
export function warmUp(options: Arguments<WarmUp, 'startFactor'>): WarmUp {
  const after = optional({ expected: 'a schedule', accepts: (value) => typeof value === 'object' && value !== null });
  const rules = { warmupSteps: steps, startFactor: share, after };
  const schedule = read<WarmUp>('warmUp', options, { startFactor: 0 }, rules);
  return schedule.after === undefined ? schedule : { ...schedule, after: readSchedule(schedule.after) };
}

/**
 * The linear scaling rule: a rate that suits batches of `referenceBatch` rows (default 256), for batches of `batchSize`
 * (Goyal et al., 2017, https://arxiv.org/abs/1706.02677). Usually with a warm-up.
 *
 * @example sgd({ learningRate: schedules.linearScaling({ learningRate: 0.1, batchSize: 1024 }) }) // 0.4
 */
export function linearScaling(options: { learningRate: number; batchSize: number; referenceBatch?: number }): number {
  const rules = { learningRate: nonNegative, batchSize: steps, referenceBatch: steps };
  const { learningRate, batchSize, referenceBatch } = readOptions<Required<typeof options>>(
    'linearScaling',
    options,
    { referenceBatch: 256 },
    rules,
  );
  return (learningRate * batchSize) / referenceBatch;
}

const readers = {
  exponentialDecay,
  piecewiseConstant,
  cosineDecay,
  cosineDecayRestarts,
  polynomialDecay,
  oneCycle,
  warmUp,
} as const;

/** A schedule written as plain data, `{ kind, … }`, checked and with its defaults. */
export function readSchedule(given: object): Schedule {
  const { kind, ...options } = given as { kind?: unknown };
  if (typeof kind === 'string' && Object.hasOwn(readers, kind)) {
    return (readers[kind as keyof typeof readers] as (options: object) => Schedule)(options);
  }
  throw userError(
    'UNKNOWN_SCHEDULE',
    `The schedule's kind is ${JSON.stringify(kind)}; give one of ${Object.keys(readers).join(', ')}.`,
  );
}

function read<S extends Schedule>(
  kind: S['kind'],
  given: object,
  defaults: Partial<Omit<S, 'kind'>>,
  rules: Rules<Omit<S, 'kind'>>,
): S {
  return { kind, ...readOptions<Omit<S, 'kind'>>(kind, given, defaults, rules) } as unknown as S;
}

function list(of: string, test: (value: number, before?: number) => boolean): Rule {
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) && value.every((entry, i) => Number.isFinite(entry) && test(entry, value[i - 1]));
  return { expected: `a list of ${of}`, accepts };
}
