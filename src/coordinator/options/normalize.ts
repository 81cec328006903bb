import { userError } from '../../shared/errors.js';
import { camelCase } from './casing.js';
import { reductionOfKeras, withoutFrame, withoutNeutralOptions } from './kerasObjective.js';
import { optionsOfSchedule } from './kerasSchedule.js';
import { findCallback, findLoss, findMetric, findSchedule, objectiveKeys, optionsOf } from './names.js';
import { isPlain } from './values.js';

type Plain = Record<string, unknown>;

/** Keys that would reach an object's prototype; no config needs them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Deeper than any config; a YAML alias that contains itself ends here. */
const DEEPEST = 32;

const optimizerAliases = { lr: 'learningRate', type: 'name', kind: 'name', className: 'name' };

/** Other spellings of a key, by the section it stands in. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  model: { file: 'path' },
  'compile.optimizer': optimizerAliases,
  'compile.optimizer.config': optimizerAliases,
};

/**
 * The one place where Keras's spellings become Lockstep's: snake_case keys, `lr`, `Adam`, `mse`, a single metric
 * instead of a list. A key without a value (null) counts as not given. What it does not know it leaves for the schema.
 */
export function normalizeConfig(raw: unknown): unknown {
  const config = renameKeys(raw, []);
  if (!isPlain(config)) return config;
  const { compile, fit } = config;
  return {
    ...config,
    ...(isPlain(compile) && { compile: normalizeCompile(compile) }),
    ...(isPlain(fit) && { fit: normalizeFit(fit) }),
  };
}

/** The options of an optimizer, alone. */
export function normalizeOptimizer(options: unknown): unknown {
  return renameKeys(options, ['compile', 'optimizer']);
}

/** The key that `key` of the section at `path` stands for. */
export function canonicalKey(path: readonly string[], key: string): string {
  const name = (isCallback(path) && findCallback(key)) || camelCase(key);
  if (isOfUser(path.join('.'), name)) return key;
  const known = aliasesOf(path);
  return Object.hasOwn(known, name) ? known[name] : name;
}

/** Sections whose keys are names of classes, outputs or columns. */
const BY_NAME = ['fit.classWeight', 'compile.lossWeights', 'data.columns'];

/** Sections whose keys are names of outputs, unless they are those of one loss or metric. */
const BY_OUTPUT = ['compile.loss', 'compile.metrics', 'compile.weightedMetrics'];

/** Whether a key is a name that the user has given: of a class, an output or a column. */
function isOfUser(section: string, key: string): boolean {
  if (BY_NAME.includes(section)) return true;
  return BY_OUTPUT.includes(section) && !objectiveKeys.includes(key);
}

/** Other spellings of the keys of a section. */
export function aliasesOf(path: readonly string[]): Readonly<Record<string, string>> {
  return aliases[path.join('.')] ?? {};
}

function normalizeCompile(compile: Plain): Plain {
  const { optimizer, loss, metrics, weightedMetrics } = compile;
  return {
    ...compile,
    ...(optimizer !== undefined && { optimizer: normalizeOptimizerName(optimizer) }),
    ...(loss !== undefined && { loss: forOutputs(loss, (one) => canonicalObjective(flattenLoss(one), 'loss')) }),
    ...(metrics !== undefined && { metrics: normalizeMetrics(metrics) }),
    ...(weightedMetrics !== undefined && { weightedMetrics: normalizeMetrics(weightedMetrics) }),
  };
}

/** A single callback is a list of one. */
function normalizeFit({ callbacks, ...fit }: Plain): Plain {
  return callbacks === undefined ? fit : { ...fit, callbacks: [callbacks].flat().map(normalizeCallback) };
}

/** `terminateOnNaN`, `{ EarlyStopping: { patience: 3 } }` and `{ name: EarlyStopping, patience: 3 }` become `{ earlyStopping: { … } }`. */
function normalizeCallback(given: unknown): unknown {
  const named = flattenNamed(given);
  if (!isPlain(named) || typeof named.name !== 'string') return named;
  const { name, ...options } = named;
  return { [findCallback(name) ?? name]: options };
}

/** Whether the keys at a path are names of callbacks. */
function isCallback([section, key, ...rest]: readonly string[]): boolean {
  return section === 'fit' && key === 'callbacks' && rest.length <= 1;
}

/** An optimizer by its name in any case, by its name beside its options, or as Keras serialises it. */
export function normalizeOptimizerName(given: unknown): unknown {
  const optimizer = canonicalName(given, (name) => name.toLowerCase());
  if (!isPlain(optimizer)) return optimizer;
  const { learningRate, schedule, ...options } = optimizer;
  if (isPlain(learningRate)) return { ...options, ...optionsOfSchedule(normalizeSchedule(learningRate) as Plain) };
  return schedule === undefined ? optimizer : { ...optimizer, schedule: normalizeSchedule(schedule) };
}

/** `{ kind: cosineDecay, … }`, as Keras has it too: `{ name: CosineDecay, … }`, `{ class_name: CosineDecay, config: { … } }`. */
export function normalizeSchedule(given: unknown): unknown {
  const { name, kind = name, after, ...options } = flattenNamed(given) as Plain;
  return {
    kind: findSchedule(kind) ?? kind,
    ...options,
    ...(after !== undefined && { after: isPlain(after) ? normalizeSchedule(after) : after }),
  };
}

/** A single metric is a list of one; the metrics of each output are a list of lists, or a record of lists. */
function normalizeMetrics(metrics: unknown): unknown {
  const list = (given: unknown): unknown[] =>
    [given]
      .flat()
      .flatMap((metric) => (metric === null ? [] : [canonicalObjective(flattenMetric(metric, findMetric), 'metric')]));
  const isEach = (one: unknown): boolean => one === null || Array.isArray(one);
  const byOutput = Array.isArray(metrics) ? metrics.some(isEach) : isPlain(metrics) && !isNamed(metrics);
  return byOutput ? forOutputs(metrics, list) : list(metrics);
}

/** What is given for one output, for each in a list, or for each by name. */
function forOutputs(given: unknown, canonical: (one: unknown) => unknown): unknown {
  if (Array.isArray(given)) return given.map(canonical);
  if (!isPlain(given) || isNamed(given)) return canonical(given);
  return Object.fromEntries(Object.entries(given).map(([output, one]) => [output, canonical(one)]));
}

function isNamed({ name, className }: Plain): boolean {
  return name !== undefined || className !== undefined;
}

/** As `flattenNamed`, for a loss, which in Keras's form `{ class_name, config }` has Keras's reduction. */
export function flattenLoss(given: unknown): unknown {
  const named = flattenNamed(given);
  if (!isPlain(given) || !isPlain(named)) return named;
  const { reduction = given.className === undefined ? undefined : null, ...options } = named;
  return reduction === undefined ? named : { ...options, reduction: reductionOfKeras(reduction) };
}

/**
 * As `flattenNamed`, for a metric, whose name in Keras's form `{ class_name, config: { name } }` is that in the logs: where it is
 * none of the metric's own it becomes the `logName`.
 */
export function flattenMetric(given: unknown, find: (name: string) => string | undefined): unknown {
  const named = flattenNamed(given);
  if (!isPlain(given) || !isPlain(named) || !isPlain(given.config)) return named;
  const { name } = given.config;
  const isOwn = typeof name === 'string' && find(name) !== find(String(named.name));
  return isOwn ? { ...named, logName: name } : named;
}

function canonicalName(given: unknown, find: (name: string) => string | undefined): unknown {
  const named = flattenNamed(given);
  if (!isPlain(named) || typeof named.name !== 'string') return named;
  return { ...named, name: find(named.name) ?? named.name };
}

/** A loss or metric, without what Keras writes although it asks for nothing. */
function canonicalObjective(given: unknown, kind: 'loss' | 'metric'): unknown {
  const resolved = canonicalName(given, kind === 'loss' ? findLoss : findMetric);
  if (!isPlain(resolved)) return resolved;
  const { name, ...options } = resolved;
  const own = withoutNeutralOptions(String(name), options, optionsOf(name, kind));
  return { ...(name !== undefined && { name }), ...own };
}

/** `Adam`, `{ name: Adam, … }` and Keras's `{ class_name: Adam, config: { … } }` become `{ name: Adam, … }`. */
export function flattenNamed(given: unknown): unknown {
  if (typeof given === 'string') return { name: given };
  if (!isPlain(given)) return given;
  const { className, name = className, config, ...options } = withoutFrame(given);
  // A function of Keras is serialised by its name alone.
  if (className === 'function' && typeof config === 'string') return { ...options, name: config };
  const inner: Plain = isPlain(config) ? { ...config } : {};
  delete inner.name;
  return { ...(name !== undefined && { name }), ...inner, ...options };
}

/** Renames keys, deeply; layers keep their nulls, which some arguments take. */
export function renameKeys(value: unknown, path: readonly string[]): unknown {
  if (path.length > DEEPEST) {
    throw userError(
      'CONFIG_INVALID',
      `The config is nested more than ${DEEPEST} levels deep at ${path.slice(0, 3).join('.')}; a YAML alias may contain itself.`,
    );
  }
  if (Array.isArray(value)) return value.map((item, i) => renameKeys(item, [...path, String(i)]));
  if (!isPlain(value)) return value;
  const renamed = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    requireSafe(key, path);
    const name = canonicalKey(path, key);
    const isDefault = item === null && isCallback(path) && findCallback(name) !== undefined;
    if (item === null && path[0] !== 'model' && !isDefault) continue;
    if (renamed.has(name)) throw givenTwice([...path, name], key);
    renamed.set(name, isDefault ? {} : renameKeys(item, [...path, name]));
  }
  return Object.fromEntries(renamed);
}

/** Refuses keys that would change what objects inherit. */
export function requireSafe(key: string, path: readonly string[]): void {
  if (!FORBIDDEN.has(key)) return;
  throw userError(
    'CONFIG_FORBIDDEN_KEY',
    `The config has a key ${[...path, key].join('.')}, which is not allowed; remove it.`,
  );
}

function givenTwice(path: readonly string[], key: string): Error {
  return userError(
    'CONFIG_DUPLICATE_KEY',
    `${path.join('.')} is given twice, the second time as ${key}; keep one of them.`,
  );
}
