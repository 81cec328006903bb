import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type { TensorFunction } from '../tracing/trace.js';

import { oneOf, text } from './fields.js';
import { functionIn, isOverAllOutputs, misplacedJoint, withoutFunction } from './givenFunctions.js';
import { withoutNeutralOptions } from './kerasObjective.js';
import { type LossName, losses, lossNames, type Reduction, reductionOption } from './losses.js';
import { type MetricName, metricNames, metrics } from './metrics.js';
import { findMetric, normalizeLoss, normalizeMetric, optionsOf } from './names.js';
import { flattenLoss, flattenMetric, renameKeys } from './normalize.js';

import { requireParsed } from './parseErrors.js';
import { isPlain, show } from './values.js';

/** Losses and metrics as schemas. */

type Known = { readonly name: string; readonly options: z.core.$ZodLooseShape };
type SchemaOf<D, C> = D extends {
  readonly name: infer N extends string;
  readonly options: infer S extends z.core.$ZodLooseShape;
}
  ? z.ZodObject<{ name: z.ZodLiteral<N> } & C & S, z.core.$strict>
  : never;
type SchemasOf<L extends readonly Known[], C> = { -readonly [I in keyof L]: SchemaOf<L[I], C> };

function schemasOf<const L extends readonly Known[], C extends z.core.$ZodLooseShape>(
  known: L,
  common: C,
): SchemasOf<L, C> {
  const schemas = known.map(({ name, options }) => z.strictObject({ name: z.literal(name), ...common, ...options }));
  return schemas as unknown as SchemasOf<L, C>;
}

/** A metric may have a name of its own in the logs: Keras's `name`. */
const named = { logName: text('a name for the logs').exactOptional() };

const lossSchemas = schemasOf(losses, reductionOption);
const metricSchemas = schemasOf(metrics, named);

/** The name is looked at first, so that a misspelt one gets its own sentence. */
const nameFirst = (names: readonly string[]) => z.looseObject({ name: oneOf(names) });

export const lossSchema = nameFirst(lossNames).pipe(z.discriminatedUnion('name', lossSchemas));
export const metricSchema = nameFirst(metricNames).pipe(z.discriminatedUnion('name', metricSchemas));

/** A loss or metric with every option resolved: plain data. */
export type LossSpec = z.output<typeof lossSchema>;
export type MetricSpec = z.output<typeof metricSchema>;

/** A loss, or a metric that is one. */
export type LossFormula = LossSpec | Extract<MetricSpec, { readonly name: LossName }>;

/** What one output is trained for. */
export interface Objective {
  /** Null for one that is looked at, but not trained. */
  readonly loss: LossSpec | null;
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

/** A loss as a user gives it: a name, a name beside options, or a function of tensors, alone or beside its reduction. */
export type GivenLoss =
  | LossName
  | LossOptions
  | TensorFunction
  | { readonly function: TensorFunction; readonly reduction: Reduction };
export type GivenMetric = MetricName | MetricOptions | TensorFunction;

/** What an output is trained for, as a user gives it. */
export interface ObjectiveOptions {
  /**
   * A loss by its name, or its name beside its options: `{ name: 'huber', delta: 0.5 }`; or a function that one of
   * `modules` exports: `{ name: 'custom', function: 'pinball' }`, of targets and predictions to a loss a row; or a function of
   * targets and predictions, tensors of shape [rows, …output], to a loss a row or their mean, which becomes kernel calls; or what
   * `jointLoss` makes of a function of all outputs. Each has the option `reduction`: weighted losses are divided by the sum of the weights (`mean_with_sample_weight`, the default) or
   * by the number of rows, of sequences of steps (`sum_over_batch_size`).
   */
  readonly loss: GivenLoss;
  /** Metrics in the same way. `accuracy` becomes the form that suits the loss and the output, as in Keras. */
  readonly metrics?: readonly GivenMetric[];
  /** Metrics in which rows count by their weights, where the data has any. */
  readonly weightedMetrics?: readonly GivenMetric[];
}

/** One for all outputs, or one for each: a list in their order, or a record by their names. */
export type PerOutput<T> = T | readonly T[] | Readonly<Record<string, T>>;

export type MetricList = readonly GivenMetric[];

/** Metrics of one output: a list, or one alone. */
export type Metrics = MetricList | GivenMetric;

/** What the outputs of a model are trained for. */
export interface ObjectivesOptions {
  /**
   * As `ObjectiveOptions` has it; for a model of several outputs also a list or a record. An output with null, or one that a
   * record leaves out, is not trained: nothing of its loss counts, and it needs no target unless it has metrics.
   */
  readonly loss: PerOutput<GivenLoss> | readonly (GivenLoss | null)[] | Readonly<Record<string, GivenLoss | null>>;
  /**
   * A metric, or a list of them. For a model of several outputs a list has an entry an output, a metric or a list of its own,
   * as in Keras; a list of one metric holds for every output. Or a record by their names.
   */
  readonly metrics?: Metrics | readonly (Metrics | null)[] | Readonly<Record<string, Metrics | null>>;
  readonly weightedMetrics?: Metrics | readonly (Metrics | null)[] | Readonly<Record<string, Metrics | null>>;
  /** How much the loss of each output counts in the loss that is logged and trained on; 1 by default. */
  readonly lossWeights?: PerOutput<number>;
}

/** The losses of a config: one, or those of several outputs in a list or a record. */
export function lossesOf(
  loss: LossSpec | readonly (LossSpec | null)[] | Readonly<Record<string, LossSpec | null>>,
): readonly LossSpec[] {
  if (isNamed(loss)) return [loss];
  return Object.values<LossSpec | null>(loss).filter((one) => one !== null);
}

function isNamed(loss: object): loss is LossSpec {
  return 'name' in loss && typeof loss.name === 'string';
}

/** What is given of `ObjectivesOptions`, before it has been checked. */
type GivenObjectives = { readonly [K in keyof ObjectivesOptions]?: unknown };

/** What a function becomes that was given for outputs, by their positions; see `readFunction`. */
export type FunctionReader = (given: TensorFunction, what: 'loss' | 'metric', outputs: readonly number[]) => unknown;

/** Resolves loss and metrics of each output; throws as `readLoss`, `readMetric` and the reader of functions do. */
export function readObjectives(
  options: GivenObjectives,
  outputs: readonly string[],
  readFunction: FunctionReader = (given) => given,
): Objective[] {
  const isJoint = isOverAllOutputs(options.loss);
  const named = (given: unknown, what: 'loss' | 'metric', output: number): unknown => {
    const own = functionIn(given);
    if (own === undefined) return given;
    const isOverAll = isOverAllOutputs(own);
    if (isOverAll && !(isJoint && what === 'loss')) throw misplacedJoint(what, outputs[output]);
    const read = readFunction(own, what, isOverAll ? [...outputs.keys()] : [output]) as object;
    return typeof given === 'function' ? read : { ...read, ...withoutFunction(given as object) };
  };
  // The first output has a loss that is over all.
  const losses: unknown[] = isJoint
    ? outputs.map((_, output) => (output === 0 ? options.loss : null))
    : perOutput('loss', options.loss, outputs, isOne).map((one) => one ?? null);
  const metrics = metricLists('metrics', options.metrics, outputs);
  const weighted = metricLists('weightedMetrics', options.weightedMetrics, outputs);
  const weights = perOutput('lossWeights', options.lossWeights ?? 1, outputs, (given) => typeof given === 'number');
  if (losses.every((loss) => loss === null)) {
    throw userError(
      'MISSING_OPTION',
      `The option loss has none for ${outputs.join(', ')}; give one to at least one output.`,
    );
  }
  return outputs.map((name, i) => ({
    loss: losses[i] === null ? null : readLoss(named(losses[i], 'loss', i)),
    metrics: metrics[i].map((metric) => readMetric(named(metric, 'metric', i))),
    weightedMetrics: weighted[i].map((metric) => readMetric(named(metric, 'metric', i))),
    lossWeight: requireWeight(name, weights[i] ?? 1),
  }));
}

/** Objectives of outputs with what is given in place of what they have. */
export function changedObjectives(
  before: readonly Objective[],
  given: GivenObjectives,
  outputs: readonly string[],
  readFunction?: FunctionReader,
): readonly Objective[] {
  const each = <K extends keyof Objective>(key: K): Objective[K][] => before.map((objective) => objective[key]);
  return readObjectives(
    {
      loss: given.loss ?? each('loss'),
      metrics: given.metrics ?? each('metrics'),
      weightedMetrics: given.weightedMetrics ?? each('weightedMetrics'),
      lossWeights: given.lossWeights ?? each('lossWeight'),
    },
    outputs,
    readFunction,
  );
}

/** A loss or a metric: its name, alone or beside options. */
export function isNamedOne(given: unknown): boolean {
  return (
    typeof given === 'string' ||
    (isPlain(given) && ['name', 'className', 'class_name'].some((key) => typeof given[key] === 'string'))
  );
}

/** One loss or metric, a function included. */
export function isOne(given: unknown): boolean {
  return functionIn(given) !== undefined || isNamedOne(given);
}

/** The metrics of each output. A list of as many as there are outputs has one each, as in Keras. */
function metricLists(option: string, given: unknown, outputs: readonly string[]): unknown[][] {
  const listOf = (one: unknown): unknown[] => [one].flat().filter((metric) => metric !== null && metric !== undefined);
  if (outputs.length === 1 && Array.isArray(given)) return [listOf(given.flat())];
  const isForAll = (one: unknown): boolean =>
    isOne(one) || (Array.isArray(one) && one.length <= 1 && !one.some(Array.isArray));
  return perOutput(option, given ?? [], outputs, isForAll).map(listOf);
}

/** What is given for each output; undefined for one that a record leaves out. */
function perOutput(
  option: string,
  given: unknown,
  outputs: readonly string[],
  isOne: (given: unknown) => boolean,
): unknown[] {
  if (isOne(given)) return outputs.map(() => given);
  if (Array.isArray(given) && given.length === outputs.length) return given;
  if (isPlain(given)) {
    const unknown = Object.keys(given).find((name) => !outputs.includes(name));
    if (unknown === undefined) return outputs.map((name) => given[name]);
    throw userError('INVALID_OPTION', `${option} names output ${unknown}, but the model has ${outputs.join(', ')}.`);
  }
  if (outputs.length === 1 && !Array.isArray(given)) return [given];
  const each = outputs.length === 1 ? 'one' : 'one for each, by name or in order';
  throw userError(
    'INVALID_OPTION',
    `${option} is ${show(given)}, which does not fit the ${outputs.length} output${outputs.length === 1 ? '' : 's'} ${outputs.join(', ')}; give ${each}.`,
  );
}

function requireWeight(name: string, weight: unknown): number {
  if (Number.isFinite(weight) && (weight as number) >= 0) return weight as number;
  throw userError('INVALID_OPTION', `lossWeights of ${name} is ${show(weight)}; give a number of at least 0.`);
}

/** Checks a loss and applies Keras's defaults; throws a `LockstepError` that names what is unknown or out of range. */
export function readLoss(given: unknown): LossSpec {
  return read('loss', lossSchema, given, normalizeLoss);
}

/** The same for a metric. */
export function readMetric(given: unknown): MetricSpec {
  return read('metric', metricSchema, given, normalizeMetric);
}

function read<T extends z.ZodType>(
  kind: 'loss' | 'metric',
  schema: T,
  given: unknown,
  canonical: (name: string) => string,
): z.output<T> {
  if (!isNamedOne(given)) {
    const hint =
      typeof given === 'function'
        ? `export it from a module and give { name: 'custom', function: '${given.name || 'name'}' }`
        : `give its name, such as '${kind === 'loss' ? 'meanSquaredError' : 'accuracy'}', or its name beside options`;
    throw userError('INVALID_OPTION', `The ${kind} is ${show(given)}; ${hint}.`);
  }
  const renamed = renameKeys(given, [kind]);
  const { name, ...options } = (kind === 'metric' ? flattenMetric(renamed, findMetric) : flattenLoss(renamed)) as {
    readonly name: string;
  };
  const resolved = canonical(name);
  const raw = typeof given === 'string' ? { name: given } : given;
  const own = withoutNeutralOptions(resolved, options, optionsOf(resolved, kind));
  return requireParsed(schema, { name: resolved, ...own }, () => ({ source: resolved, raw }));
}
