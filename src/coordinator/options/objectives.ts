import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import { oneOf } from './fields.js';
import { withoutNeutralOptions } from './kerasObjective.js';
import { type LossName, losses, lossNames } from './losses.js';
import { type MetricName, metricNames, metrics } from './metrics.js';
import { normalizeLoss, normalizeMetric, optionsOf } from './names.js';
import { flattenNamed, renameKeys } from './normalize.js';
import { requireParsed } from './parseErrors.js';

/** Losses and metrics as schemas. */

type Known = { readonly name: string; readonly options: z.core.$ZodLooseShape };
type SchemaOf<D> = D extends {
  readonly name: infer N extends string;
  readonly options: infer S extends z.core.$ZodLooseShape;
}
  ? z.ZodObject<{ name: z.ZodLiteral<N> } & S, z.core.$strict>
  : never;
type SchemasOf<L extends readonly Known[]> = { -readonly [I in keyof L]: SchemaOf<L[I]> };

function schemasOf<const L extends readonly Known[]>(known: L): SchemasOf<L> {
  return known.map(({ name, options }) => z.strictObject({ name: z.literal(name), ...options })) as SchemasOf<L>;
}

const lossSchemas = schemasOf(losses);
const metricSchemas = schemasOf(metrics);

/** The name is looked at first, so that a misspelt one gets its own sentence. */
const nameFirst = (names: readonly string[]) => z.looseObject({ name: oneOf(names) });

export const lossSchema = nameFirst(lossNames).pipe(z.discriminatedUnion('name', lossSchemas));
export const metricSchema = nameFirst(metricNames).pipe(z.discriminatedUnion('name', metricSchemas));

/** A loss or metric with every option resolved: plain data. */
export type LossSpec = z.output<typeof lossSchema>;
export type MetricSpec = z.output<typeof metricSchema>;

/** What one output is trained for. */
export interface Objective {
  readonly loss: LossSpec;
  /** Metrics in which every row counts once. */
  readonly metrics: readonly MetricSpec[];
  /** Metrics in which a row counts by its weight. */
  readonly weightedMetrics: readonly MetricSpec[];
  /** How much its loss counts in the loss of the model. */
  readonly lossWeight: number;
}

/** The same as a user gives it: the name, or the name beside the options that differ from Keras's defaults. */
export type LossOptions = z.input<(typeof lossSchemas)[number]>;
export type MetricOptions = z.input<(typeof metricSchemas)[number]>;

/** What an output is trained for, as a user gives it. */
export interface ObjectiveOptions {
  /**
   * A loss by its name, or its name beside its options: `{ name: 'huber', delta: 0.5 }`; or a function that one of
   * `modules` exports: `{ name: 'custom', function: 'pinball' }`, of targets and predictions to a loss a row.
   */
  readonly loss: LossName | LossOptions;
  /** Metrics in the same way. `accuracy` becomes the form that suits the loss and the output, as in Keras. */
  readonly metrics?: readonly (MetricName | MetricOptions)[];
  /** Metrics in which rows count by their weights, where the data has any. */
  readonly weightedMetrics?: readonly (MetricName | MetricOptions)[];
}

/** One for all outputs, or one for each: a list in their order, or a record by their names. */
type PerOutput<T> = T | readonly T[] | Readonly<Record<string, T>>;

type MetricList = readonly (MetricName | MetricOptions)[];

/** What the outputs of a model are trained for. */
export interface ObjectivesOptions {
  /** As `ObjectiveOptions` has it; for a model of several outputs also a list or a record. */
  readonly loss: PerOutput<LossName | LossOptions>;
  /** Metrics for every output; or a list of lists, or a record of lists. */
  readonly metrics?: MetricList | readonly MetricList[] | Readonly<Record<string, MetricList>>;
  readonly weightedMetrics?: MetricList | readonly MetricList[] | Readonly<Record<string, MetricList>>;
  /** How much the loss of each output counts; 1 by default. */
  readonly lossWeights?: PerOutput<number>;
}

/** The losses of a config: one, or those of several outputs in a list or a record. */
export function lossesOf(
  loss: LossSpec | readonly LossSpec[] | Readonly<Record<string, LossSpec>>,
): readonly LossSpec[] {
  if (isNamed(loss)) return [loss];
  return Object.values<LossSpec>(loss);
}

function isNamed(loss: object): loss is LossSpec {
  return 'name' in loss && typeof loss.name === 'string';
}

/** Resolves loss and metrics of each output; throws as `readLoss` and `readMetric` do. */
export function readObjectives(options: ObjectivesOptions, outputs: readonly string[]): Objective[] {
  const losses = perOutput('loss', options.loss, outputs, isLoss);
  const metrics = perOutput('metrics', options.metrics ?? [], outputs, isMetricList);
  const weighted = perOutput('weightedMetrics', options.weightedMetrics ?? [], outputs, isMetricList);
  const weights = perOutput('lossWeights', options.lossWeights ?? 1, outputs, (given) => typeof given === 'number');
  return outputs.map((name, i) => ({
    loss: readLoss(losses[i] as LossName | LossOptions),
    metrics: ((metrics[i] ?? []) as MetricList).map(readMetric),
    weightedMetrics: ((weighted[i] ?? []) as MetricList).map(readMetric),
    lossWeight: requireWeight(name, weights[i] ?? 1),
  }));
}

/** A name, or a loss by its name or, as Keras has it, by its class. */
const isLoss = (given: unknown): boolean => {
  const { name, className = name, class_name = className } = Object(given);
  return typeof given === 'string' || typeof class_name === 'string';
};
const isMetricList = (given: unknown): boolean => Array.isArray(given) && !given.some(Array.isArray);

/** What is given for each output; undefined for one that a record leaves out. */
function perOutput(
  option: string,
  given: unknown,
  outputs: readonly string[],
  isOne: (given: unknown) => boolean,
): unknown[] {
  if (isOne(given)) return outputs.map(() => given);
  if (Array.isArray(given) && given.length === outputs.length) return given;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    const unknown = Object.keys(given).find((name) => !outputs.includes(name));
    if (unknown === undefined) return outputs.map((name) => (given as Record<string, unknown>)[name]);
    throw userError('INVALID_OPTION', `${option} names output ${unknown}, but the model has ${outputs.join(', ')}.`);
  }
  if (outputs.length === 1) return [given];
  throw userError(
    'INVALID_OPTION',
    `${option} does not fit the ${outputs.length} outputs ${outputs.join(', ')}; give one for each, by name or in order.`,
  );
}

function requireWeight(name: string, weight: unknown): number {
  if (Number.isFinite(weight) && (weight as number) >= 0) return weight as number;
  throw userError('INVALID_OPTION', `lossWeights of ${name} is ${weight}; give a number of at least 0.`);
}

/** Checks a loss and applies Keras's defaults; throws a `LockstepError` that names what is unknown or out of range. */
export function readLoss(given: LossName | LossOptions): LossSpec {
  return read('loss', lossSchema, given, normalizeLoss);
}

/** The same for a metric. */
export function readMetric(given: MetricName | MetricOptions): MetricSpec {
  return read('metric', metricSchema, given, normalizeMetric);
}

function read<T extends z.ZodType>(
  kind: string,
  schema: T,
  given: string | { readonly name: string },
  canonical: (name: string) => string,
): z.output<T> {
  const { name, ...options } = flattenNamed(renameKeys(given, [kind])) as { readonly name: string };
  const resolved = canonical(name);
  const raw = typeof given === 'string' ? { name: given } : given;
  const own = withoutNeutralOptions(resolved, options, optionsOf(resolved));
  return requireParsed(schema, { name: resolved, ...own }, () => ({ source: resolved, raw }));
}
