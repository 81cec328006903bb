import { userError } from '../../shared/errors.js';
import type { Schedule } from '../../shared/optimizers/schedules.js';
import type { EngineName } from '../../shared/protocol/messages.js';
import { keysOfKeras } from './kerasObjective.js';
import { type LossName, losses, lossNames, reductionOption } from './losses.js';
import { type MetricName, metricNames, metrics } from './metrics.js';
import { suggestion } from './suggestion.js';
import { show } from './values.js';

/** The keys of a loss or metric that is written with options. */
export const objectiveKeys: readonly string[] = [
  ...['name', 'className', 'config', 'logName'],
  ...new Set([...metrics.flatMap(({ options }) => Object.keys(options)), ...keysOfKeras]),
];

/** The options of a loss or metric; of an unknown one those that all have. */
export function optionsOf(name: unknown, kind: 'loss' | 'metric'): readonly string[] {
  const own = Object.keys(metrics.find((known) => known.name === name)?.options ?? {});
  return kind === 'loss' ? [...own, ...Object.keys(reductionOption)] : own;
}

export const scheduleNames = [
  'exponentialDecay',
  'inverseTimeDecay',
  'piecewiseConstant',
  'cosineDecay',
  'cosineDecayRestarts',
  'polynomialDecay',
  'oneCycle',
  'warmUp',
] as const satisfies readonly Schedule['kind'][];

/** Callbacks that a config may name: all that need no function. */
export const callbackNames = [
  'earlyStopping',
  'modelCheckpoint',
  'reduceLROnPlateau',
  'csvLogger',
  'tensorBoard',
  'terminateOnNaN',
] as const;

export const engineNames = ['auto', 'native', 'reference', 'tensorflow', 'tfjs'] as const satisfies readonly (
  | 'auto'
  | EngineName
)[];

/** A loss by its TensorFlow.js or Keras name: `binaryCrossentropy`, `binary_crossentropy`, `BinaryCrossentropy`, `mse`. */
export function normalizeLoss(name: string): LossName {
  return findLoss(name) ?? refuse('loss', lossNames, name);
}

/** A metric by its TensorFlow.js or Keras name: `accuracy`, `acc`, `binary_accuracy`. */
export function normalizeMetric(name: string): MetricName {
  return findMetric(name) ?? refuse('metric', metricNames, name);
}

export function findLoss(name: unknown): LossName | undefined {
  return findKnown(losses, name);
}

export function findMetric(name: unknown): MetricName | undefined {
  return findKnown(metrics, name);
}

export function findSchedule(name: unknown): Schedule['kind'] | undefined {
  const flat = flatten(name);
  if (flat === 'piecewiseconstantdecay') return 'piecewiseConstant';
  return scheduleNames.find((known) => known.toLowerCase() === flat);
}

/** A callback by its name here or in Keras: `earlyStopping`, `early_stopping`, `EarlyStopping`. */
export function findCallback(name: unknown): string | undefined {
  return callbackNames.find((known) => known.toLowerCase() === flatten(name));
}

interface Known<N extends string> {
  readonly name: N;
  readonly aliases: readonly string[];
}

function findKnown<N extends string>(known: readonly Known<N>[], given: unknown): N | undefined {
  const flat = flatten(given);
  return known.find(({ name, aliases }) => aliases.includes(flat) || name.toLowerCase() === flat)?.name;
}

/** Keras writes one name in several cases, with underscores or without. */
function flatten(name: unknown): string {
  return String(name).replaceAll('_', '').toLowerCase();
}

function refuse(kind: string, names: readonly string[], name: unknown): never {
  throw userError(
    `UNKNOWN_${kind.toUpperCase()}`,
    `The ${kind} is ${show(name)}, which Lockstep does not know; ${suggestion(String(name), names)}`,
  );
}
