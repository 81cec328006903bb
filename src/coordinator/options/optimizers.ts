import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type { ArgumentList } from '../../shared/optimizers/definition.js';
import {
  type OptimizerKind,
  type OptimizerSpec,
  type OptimizerSpecOf,
  optimizers,
} from '../../shared/optimizers/optimizers.js';
import { belowOne, flag, nonNegative, nonPositive, oneOf, positive, wholeNumber } from './fields.js';

import { normalizeOptimizer, normalizeOptimizerName } from './normalize.js';
import { requireParsed } from './parseErrors.js';

import { readSchedule } from './schedules.js';
import { suggestion } from './suggestion.js';
import { isPlain, show } from './values.js';

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

const checks = { belowOne, positive, nonNegative, nonPositive, flag } as const;

/** The schema of an optimizer's options: what all have, and its own arguments. */
function schemaOf(args: ArgumentList) {
  const own = Object.entries(args).map(([name, argument]) => [name, schemaOfArgument(argument)]);
  return z.strictObject({ ...common, ...Object.fromEntries(own) });
}

function schemaOfArgument(argument: ArgumentList[string]) {
  if (!('default' in argument)) return oneOf(argument.values).exactOptional();
  return (checks[argument.values]() as z.ZodType<unknown>).default(argument.default);
}

const schemas = new Map(optimizers.map(({ kind, arguments: args }) => [kind, schemaOf(args)]));

export const optimizerKinds: readonly OptimizerKind[] = optimizers.map(({ kind }) => kind);

/** The optimizer of that kind, checked and with Keras's defaults. */
export function read<K extends OptimizerKind>(kind: K, options: object): OptimizerSpecOf<K> {
  const given = normalizeOptimizer(options);
  const parsed = requireParsed(schemas.get(kind) as z.ZodType<object>, given, () => ({
    source: kind,
    raw: options,
    section: ['compile', 'optimizer'],
  }));
  return requireOneClipping({ kind, ...parsed } as OptimizerSpecOf<K>);
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

/** An optimizer as code gives it: what a factory returns, its name, or its name beside its options, in our spelling or Keras's. */
export function anyOptimizer(given: unknown): OptimizerSpec {
  const named = normalizeOptimizerName(normalizeOptimizer(given));
  const { name, ...options } = isPlain(named) ? (named as NamedOptions) : {};
  if (typeof name === 'string') return read(requireKind(name), options);
  throw userError(
    'INVALID_OPTION',
    `optimizer is ${show(given)}; give what a function such as adam() returns, a name such as 'adam', or a name beside options, such as { name: 'adam', learningRate: 0.01 }.`,
  );
}

type NamedOptions = { readonly name?: unknown } & Readonly<Record<string, unknown>>;

function requireKind(name: string): OptimizerKind {
  const kind = optimizerKinds.find((known) => known === name.toLowerCase());
  if (kind !== undefined) return kind;
  throw userError(
    'UNKNOWN_OPTIMIZER',
    `optimizer is ${show(name)}, which Lockstep does not know; ${suggestion(name, optimizerKinds)}`,
  );
}

type NamedSchema = z.ZodObject<{ name: z.ZodLiteral<OptimizerKind> }>;

/** An optimizer as a config has it. */
export type NamedOptimizer = {
  readonly [K in OptimizerKind]: { readonly name: K } & Partial<Omit<OptimizerSpecOf<K>, 'kind'>>;
}[OptimizerKind];

/** The optimizer of a config: its `name` beside its options. */
export const optimizerSchema: z.ZodType<OptimizerSpec, NamedOptimizer> = z
  .discriminatedUnion(
    'name',
    [...schemas].map(([kind, schema]) => schema.extend({ name: z.literal(kind) })) as [NamedSchema, ...NamedSchema[]],
    { error: `one of ${optimizerKinds.join(', ')}` },
  )
  .transform(({ name, ...options }): OptimizerSpec => read(name, options));
