import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  OneCycle,
  PiecewiseConstant,
  PolynomialDecay,
  Schedule,
  WarmUp,
} from '../../shared/optimizers/schedules.js';
import { belowOne, flag, nonNegative, positive, upToOne, wholeNumber } from './fields.js';
import { readOptions } from './readOptions.js';
import { isPlain, show } from './values.js';

/** Arguments of a schedule: those of `D` have a default. */
type Arguments<S extends Schedule, D extends keyof S = never> = Omit<S, 'kind' | D> & Partial<Pick<S, D>>;

const steps = () => wholeNumber(1);
const atLeastOne = () => z.number({ error: 'a number of at least 1' }).min(1, { error: 'a number of at least 1' });

/**
 * Keras's ExponentialDecay: rate · decayRate^(step / decaySteps), in whole powers with `staircase`
 * (https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/).
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`, as all schedules.
 * @example adam({ learningRate: 0.1, schedule: schedules.exponentialDecay({ decaySteps: 1000, decayRate: 0.96 }) })
 */
export function exponentialDecay(options: Arguments<ExponentialDecay, 'staircase'>): ExponentialDecay {
  const shape = { decaySteps: positive(), decayRate: nonNegative(), staircase: flag().default(false) };
  return read<ExponentialDecay>('exponentialDecay', shape, options);
}

/**
 * Keras's InverseTimeDecay: rate / (1 + decayRate · step / decaySteps), in whole periods with `staircase`
 * (https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/).
 */
export function inverseTimeDecay(options: Arguments<InverseTimeDecay, 'staircase'>): InverseTimeDecay {
  const shape = { decaySteps: positive(), decayRate: nonNegative(), staircase: flag().default(false) };
  return read<InverseTimeDecay>('inverseTimeDecay', shape, options);
}

/**
 * Keras's PiecewiseConstantDecay with factors of the base rate in place of rates: factors[i] up to and including step
 * boundaries[i], the last factor after the last boundary
 * (https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/).
 *
 * @example schedules.piecewiseConstant({ boundaries: [10_000, 20_000], factors: [1, 0.5, 0.1] })
 */
export function piecewiseConstant(options: Arguments<PiecewiseConstant>): PiecewiseConstant {
  const shape = {
    boundaries: list('whole numbers that rise', (value, before = -1) => Number.isSafeInteger(value) && value > before),
    factors: list('numbers of at least 0', (value) => value >= 0),
  };
  const schedule = read<PiecewiseConstant>('piecewiseConstant', shape, options);
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
  return read<CosineDecay>('cosineDecay', { decaySteps: positive(), alpha: upToOne().default(0) }, options);
}

/**
 * Keras's CosineDecayRestarts: each period is tMul times as long as the one before and begins at mMul times its rate
 * (https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/).
 */
export function cosineDecayRestarts(
  options: Arguments<CosineDecayRestarts, 'tMul' | 'mMul' | 'alpha'>,
): CosineDecayRestarts {
  const shape = {
    firstDecaySteps: positive(),
    tMul: atLeastOne().default(2),
    mMul: nonNegative().default(1),
    alpha: upToOne().default(0),
  };
  return read<CosineDecayRestarts>('cosineDecayRestarts', shape, options);
}

/**
 * Keras's PolynomialDecay: (rate − end) · (1 − step / decaySteps)^power + end
 * (https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/).
 */
export function polynomialDecay(
  options: Arguments<PolynomialDecay, 'endLearningRate' | 'power' | 'cycle'>,
): PolynomialDecay {
  const shape = {
    decaySteps: positive(),
    endLearningRate: nonNegative().default(1e-4),
    power: positive().default(1),
    cycle: flag().default(false),
  };
  return read<PolynomialDecay>('polynomialDecay', shape, options);
}

/**
 * PyTorch's OneCycleLR with cosines: the base rate is the peak, reached after pctStart of totalSteps
 * (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html).
 */
export function oneCycle(options: Arguments<OneCycle, 'pctStart' | 'divFactor' | 'finalDivFactor'>): OneCycle {
  const shape = {
    totalSteps: steps(),
    pctStart: belowOne().default(0.3),
    divFactor: positive().default(25),
    finalDivFactor: positive().default(1e4),
  };
  return read<OneCycle>('oneCycle', shape, options);
}

/**
 * A straight line over warmupSteps from startFactor of the rate to the rate with which `after` begins; then `after`,
 * its steps counted from there, or the base rate (Goyal et al., 2017).
 *
 * @example schedules.warmUp({ warmupSteps: 500, after: schedules.cosineDecay({ decaySteps: 10_000 }) })
 */
export function warmUp(options: Arguments<WarmUp, 'startFactor'>): WarmUp {
  const after = z.custom<Schedule>(isPlain, { error: 'a schedule' }).exactOptional();
  const shape = { warmupSteps: steps(), startFactor: upToOne().default(0), after };
  const schedule = read<WarmUp>('warmUp', shape, options);
  return schedule.after === undefined ? schedule : { ...schedule, after: readSchedule(schedule.after) };
}

/**
 * The linear scaling rule: a rate that suits batches of `referenceBatch` rows (default 256), for batches of `batchSize`
 * (Goyal et al., 2017, https://arxiv.org/abs/1706.02677). Usually with a warm-up.
 *
 * @example sgd({ learningRate: schedules.linearScaling({ learningRate: 0.1, batchSize: 1024 }) }) // 0.4
 */
export function linearScaling(options: { learningRate: number; batchSize: number; referenceBatch?: number }): number {
  const shape = { learningRate: nonNegative(), batchSize: steps(), referenceBatch: steps().default(256) };
  const { learningRate, batchSize, referenceBatch } = readOptions('linearScaling', z.strictObject(shape), options);
  return (learningRate * batchSize) / referenceBatch;
}

const readers = {
  exponentialDecay,
  inverseTimeDecay,
  piecewiseConstant,
  cosineDecay,
  cosineDecayRestarts,
  polynomialDecay,
  oneCycle,
  warmUp,
} as const;

/** A schedule written as plain data, `{ kind, … }`, checked and with its defaults. */
export function readSchedule(given: object): Schedule {
  const { kind, ...options } = (isPlain(given) ? given : {}) as { kind?: unknown };
  if (typeof kind === 'string' && Object.hasOwn(readers, kind)) {
    return (readers[kind as keyof typeof readers] as (options: object) => Schedule)(options);
  }
  const found = typeof kind === 'string' ? `The schedule's kind is ${show(kind)}` : `The schedule is ${show(given)}`;
  throw userError('UNKNOWN_SCHEDULE', `${found}; give one of ${Object.keys(readers).join(', ')}.`);
}

function read<S extends Schedule>(kind: S['kind'], shape: z.core.$ZodLooseShape, given: object): S {
  return { kind, ...readOptions(kind, z.strictObject(shape), given) } as unknown as S;
}

function list(of: string, test: (value: number, before?: number) => boolean) {
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) && value.every((entry, i) => Number.isFinite(entry) && test(entry, value[i - 1]));
  return z.custom<readonly number[]>(accepts, { error: `a list of ${of}` });
}
