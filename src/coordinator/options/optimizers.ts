import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type { ArgumentList } from '../../shared/optimizers/definition.js';
import {
  type OptimizerKind,
  type OptimizerSpec,
  type OptimizerSpecOf,
  optimizers,
} from '../../shared/optimizers/optimizers.js';
import { belowOne, flag, nonNegative, positive, wholeNumber } from './fields.js';
import { isPlain, normalizeOptimizer, normalizeOptimizerName } from './normalize.js';
import { requireParsed, show } from './parseErrors.js';
import { readSchedule } from './schedules.js';

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

const checks = { belowOne, positive, nonNegative, flag } as const;

/** The schema of an optimizer's options: what all have, and its own arguments. */
function schemaOf(args: ArgumentList) {
  const own = Object.entries(args).map(([name, { values, default: value }]) => [
    name,
    (checks[values]() as z.ZodType<unknown>).default(value),
  ]);
  return z.strictObject({ ...common, ...Object.fromEntries(own) });
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

/** The optimizer of a name, in any case, or as Keras serialises one: `{ class_name, config }`. */
export function readNamed(given: unknown): OptimizerSpec {
  const resolved = normalizeOptimizerName(normalizeOptimizer(given));
  const { name, ...options } = (isPlain(resolved) ? resolved : {}) as Record<string, unknown>;
  const kind = optimizerKinds.find((known) => known === name);
  if (kind !== undefined) return read(kind, options);
  throw userError(
    'UNKNOWN_OPTIMIZER',
    `The optimizer is ${show(name ?? given)}, which Lockstep does not know; give one of ${optimizerKinds.join(', ')}, or what a function of that name has made.`,
  );
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

type NamedSchema = z.ZodObject<{ name: z.ZodLiteral<OptimizerKind> }>;

/** An optimizer as a config has it. */
type NamedOptimizer = {
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
