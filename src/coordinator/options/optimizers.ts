import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type {
  AdadeltaSpec,
  AdagradSpec,
  AdamaxSpec,
  AdamSpec,
  AdamWSpec,
  LionSpec,
  NadamSpec,
  OptimizerKind,
  OptimizerSpec,
  RmspropSpec,
  SgdSpec,
} from '../../shared/optimizers/optimizers.js';
import { belowOne, flag, nonNegative, positive, wholeNumber } from './fields.js';
import { normalizeOptimizer } from './normalize.js';
import { readSchedule } from './schedules.js';
import { requireParsed } from './sentences.js';

/** Keras's spellings of options whose names differ. */
interface KerasSpellings {
  readonly lr?: number;
  readonly learning_rate?: number;
  readonly beta_1?: number;
  readonly beta_2?: number;
  readonly initial_accumulator_value?: number;
  readonly global_clipnorm?: number;
  readonly weight_decay?: number;
  readonly use_ema?: boolean;
  readonly ema_momentum?: number;
  readonly ema_overwrite_frequency?: number;
  readonly gradient_accumulation_steps?: number;
}

/** Options of an optimizer, with Keras's defaults for those left out. */
export type OptimizerOptions<S extends OptimizerSpec = OptimizerSpec> = Partial<Omit<S, 'kind'>> & KerasSpellings;
export type SgdOptions = OptimizerOptions<SgdSpec>;
export type RmspropOptions = OptimizerOptions<RmspropSpec>;
export type AdagradOptions = OptimizerOptions<AdagradSpec>;
export type AdadeltaOptions = OptimizerOptions<AdadeltaSpec>;
export type AdamOptions = OptimizerOptions<AdamSpec>;
export type AdamWOptions = OptimizerOptions<AdamWSpec>;
export type AdamaxOptions = OptimizerOptions<AdamaxSpec>;
export type NadamOptions = OptimizerOptions<NadamSpec>;
export type LionOptions = OptimizerOptions<LionSpec>;

/** A learning-rate schedule as plain data: what the factories of `schedules` return. */
const schedule = z
  .record(z.string(), z.unknown(), { error: 'a schedule, such as schedules.cosineDecay({ decaySteps: 1000 })' })
  .transform((given) => readSchedule(given));

const patternRule = 'a list of regular expressions, such as ["bias", "gamma"]';
const patterns = z.array(z.string({ error: patternRule }).refine(isPattern, { error: patternRule }), {
  error: patternRule,
});

/** What every optimizer may be given. */
const common = {
  learningRate: nonNegative().default(0.001),
  decay: nonNegative().default(0),
  schedule: schedule.exactOptional(),
  clipnorm: positive().exactOptional(),
  globalClipnorm: positive().exactOptional(),
  clipvalue: positive().exactOptional(),
  weightDecay: nonNegative().exactOptional(),
  excludeFromWeightDecay: patterns.exactOptional(),
  useEma: flag().exactOptional(),
  emaMomentum: belowOne().exactOptional(),
  emaOverwriteFrequency: wholeNumber(1).exactOptional(),
  gradientAccumulationSteps: wholeNumber(1).exactOptional(),
};

const epsilon = positive().default(1e-7);
const estimates = { beta1: belowOne().default(0.9), beta2: belowOne().default(0.999), epsilon };
const amsgrad = flag().default(false);

const schemas = {
  sgd: z.strictObject({
    ...common,
    learningRate: nonNegative().default(0.01),
    momentum: belowOne().default(0),
    nesterov: flag().default(false),
  }),
  rmsprop: z.strictObject({
    ...common,
    rho: belowOne().default(0.9),
    momentum: belowOne().default(0),
    epsilon,
    centered: flag().default(false),
  }),
  adagrad: z.strictObject({ ...common, initialAccumulatorValue: nonNegative().default(0.1), epsilon }),
  adadelta: z.strictObject({ ...common, rho: belowOne().default(0.95), epsilon }),
  adam: z.strictObject({ ...common, ...estimates, amsgrad }),
  adamw: z.strictObject({ ...common, ...estimates, amsgrad, weightDecay: nonNegative().default(0.004) }),
  adamax: z.strictObject({ ...common, ...estimates }),
  nadam: z.strictObject({ ...common, ...estimates }),
  lion: z.strictObject({ ...common, beta1: belowOne().default(0.9), beta2: belowOne().default(0.99) }),
} as const satisfies Readonly<Record<OptimizerKind, z.ZodType>>;

export const optimizerKinds = Object.keys(schemas) as OptimizerKind[];

/**
 * Stochastic gradient descent as in Keras: learningRate 0.01, `momentum` 0, optionally Nesterov's. All optimizers take
 * Keras's `decay` (the rate of step t, from 0, is divided by 1 + decay · t), a `schedule`, one of `clipnorm`,
 * `globalClipnorm` and `clipvalue`, `weightDecay`, `useEma` and `gradientAccumulationSteps`, and throw a
 * `LockstepError` that names an option which is unknown or out of range. See docs/optimizers.md.
 */
export function sgd(options: SgdOptions = {}): SgdSpec {
  return read('sgd', options);
}

/** RMSprop (Hinton, 2012): learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7, centered false. */
export function rmsprop(options: RmspropOptions = {}): RmspropSpec {
  return read('rmsprop', options);
}

/** Adagrad (Duchi, Hazan and Singer, 2011): learningRate 0.001, initialAccumulatorValue 0.1, epsilon 1e-7. */
export function adagrad(options: AdagradOptions = {}): AdagradSpec {
  return read('adagrad', options);
}

/** Adadelta (Zeiler, 2012): learningRate 0.001, rho 0.95, epsilon 1e-7. */
export function adadelta(options: AdadeltaOptions = {}): AdadeltaSpec {
  return read('adadelta', options);
}

/**
 * Adam (Kingma and Ba, 2015) as in Keras 2: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7; `amsgrad` (Reddi et
 * al., 2018) uses the running maximum of v.
 */
export function adam(options: AdamOptions = {}): AdamSpec {
  return read('adam', options);
}

/** AdamW (Loshchilov and Hutter, 2019): Adam with a decoupled weightDecay of 0.004. */
export function adamW(options: AdamWOptions = {}): AdamWSpec {
  return read('adamw', options);
}

/** Adamax (Kingma and Ba, 2015): learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
export function adamax(options: AdamaxOptions = {}): AdamaxSpec {
  return read('adamax', options);
}

/** Nadam (Dozat, 2016): learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
export function nadam(options: NadamOptions = {}): NadamSpec {
  return read('nadam', options);
}

/** Lion (Chen et al., 2023): learningRate 0.001, beta1 0.9, beta2 0.99. */
export function lion(options: LionOptions = {}): LionSpec {
  return read('lion', options);
}

/** The optimizer of that kind, checked and with Keras's defaults. */
export function read<K extends OptimizerKind>(kind: K, options: object): Extract<OptimizerSpec, { kind: K }> {
  const given = normalizeOptimizer(options);
  const parsed = requireParsed(schemas[kind] as z.ZodType<object>, given, () => ({
    source: kind,
    raw: options,
    section: ['compile', 'optimizer'],
  }));
  return requireOneClipping({ kind, ...parsed } as Extract<OptimizerSpec, { kind: K }>);
}

function requireOneClipping<S extends OptimizerSpec>(spec: S): S {
  const given = (['clipnorm', 'globalClipnorm', 'clipvalue'] as const).filter((name) => spec[name] !== undefined);
  if (given.length < 2) return spec;
  throw userError('CONFIG_INVALID', `${spec.kind}: ${given.join(' and ')} are given; give at most one of them.`);
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** The optimizer of a config: its `name` beside its options. */
export const optimizerSchema = z
  .discriminatedUnion(
    'name',
    [
      schemas.sgd.extend({ name: z.literal('sgd') }),
      schemas.rmsprop.extend({ name: z.literal('rmsprop') }),
      schemas.adagrad.extend({ name: z.literal('adagrad') }),
      schemas.adadelta.extend({ name: z.literal('adadelta') }),
      schemas.adam.extend({ name: z.literal('adam') }),
      schemas.adamw.extend({ name: z.literal('adamw') }),
      schemas.adamax.extend({ name: z.literal('adamax') }),
      schemas.nadam.extend({ name: z.literal('nadam') }),
      schemas.lion.extend({ name: z.literal('lion') }),
    ],
    { error: `one of ${optimizerKinds.join(', ')}` },
  )
  .transform(({ name, ...options }): OptimizerSpec => read(name, options));
