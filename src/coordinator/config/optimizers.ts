import { z } from 'zod';
import type { AdamSpec, OptimizerSpec, SgdSpec } from '../../shared/optimizers.js';
import { readSchedule } from '../schedules.js';
import { belowOne, flag, nonNegative, positive } from './fields.js';
import { normalizeOptimizer } from './normalize.js';
import { requireParsed } from './sentences.js';

/** Keras's spellings of the options that both optimizers have. */
interface KerasSpellings {
  readonly lr?: number;
  readonly learning_rate?: number;
}

/** Options of `adam`, with Keras's defaults for those left out. */
export type AdamOptions = Partial<Omit<AdamSpec, 'kind'>> &
  KerasSpellings & { readonly beta_1?: number; readonly beta_2?: number };

/** Options of `sgd`, with Keras's defaults for those left out. */
export type SgdOptions = Partial<Omit<SgdSpec, 'kind'>> & KerasSpellings;

/** A learning-rate schedule as plain data: what the factories of `schedules` return. */
const schedule = z
  .record(z.string(), z.unknown(), { error: 'a schedule, such as schedules.cosineDecay({ decaySteps: 1000 })' })
  .transform((given) => readSchedule(given))
  .exactOptional();

const adamOptions = z.strictObject({
  learningRate: nonNegative().default(0.001),
  beta1: belowOne().default(0.9),
  beta2: belowOne().default(0.999),
  epsilon: positive().default(1e-7),
  decay: nonNegative().default(0),
  amsgrad: flag().default(false),
  schedule,
});

const sgdOptions = z.strictObject({
  learningRate: nonNegative().default(0.01),
  momentum: belowOne().default(0),
  nesterov: flag().default(false),
  decay: nonNegative().default(0),
  schedule,
});

/**
 * Adam (Kingma and Ba, 2015) as in Keras 2: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. `decay` divides
 * the learning rate by 1 + decay · t before update t (from 0); `amsgrad` (Reddi et al., 2018) uses the running maximum
 * of v. Throws a `LockstepError` that names an option which is unknown or out of range.
 */
export function adam(options: AdamOptions = {}): AdamSpec {
  return { kind: 'adam', ...readOptions('adam', adamOptions, options) };
}

/**
 * Stochastic gradient descent as in Keras 2: learningRate 0.01, `momentum` 0, optionally Nesterov's, and `decay`.
 * Throws as `adam` does.
 */
export function sgd(options: SgdOptions = {}): SgdSpec {
  return { kind: 'sgd', ...readOptions('sgd', sgdOptions, options) };
}

/** The optimizer of a config: its `name` beside its options. */
export const optimizerSchema = z
  .discriminatedUnion(
    'name',
    [adamOptions.extend({ name: z.literal('adam') }), sgdOptions.extend({ name: z.literal('sgd') })],
    { error: 'one of adam, sgd' },
  )
  .transform(({ name, ...options }): OptimizerSpec => (name === 'adam' ? adam(options) : sgd(options)));

function readOptions<T extends z.ZodType>(name: string, schema: T, options: object): z.output<T> {
  const given = normalizeOptimizer(options);
  return requireParsed(schema, given, () => ({ source: name, raw: options, section: ['compile', 'optimizer'] }));
}
