import type { ArgumentList } from '../../../shared/optimizers/definition.js';
import { type OptimizerKind, type OptimizerSpec, optimizers } from '../../../shared/optimizers/optimizers.js';
import type { Schedule } from '../../../shared/optimizers/schedules.js';
import type { LossSpec, MetricSpec, Objective } from '../../options/objectives.js';
import type { Json } from '../kerasCalls.js';
import { float } from './json.js';
import { notInKeras, snakeCase } from './layerConfig.js';

/** Writes what a model is compiled with as Keras 3 serialises it. */

/** `compile_config`; throws `NOT_IN_KERAS` for what Keras does not have. Metrics that it does not have are left out. */
export function compileConfigOf(
  objectives: readonly Objective[],
  optimizer: OptimizerSpec,
  learningRate: number,
): Json {
  const one = objectives.length === 1;
  const each = <T>(of: (objective: Objective) => T): T | T[] => (one ? of(objectives[0]) : objectives.map(of));
  const weighs = objectives.some(({ lossWeight }) => lossWeight !== 1);
  return {
    optimizer: optimizerOfKeras(optimizer, learningRate),
    loss: each(({ loss }) => (loss === null ? null : lossOfKeras(loss))),
    loss_weights: weighs ? objectives.map(({ lossWeight }) => lossWeight) : null,
    metrics: each(({ metrics }) => metrics.flatMap(metricOfKeras)),
    weighted_metrics: objectives.some(({ weightedMetrics }) => weightedMetrics.length > 0)
      ? each(({ weightedMetrics }) => weightedMetrics.flatMap(metricOfKeras))
      : null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function lossOfKeras({ name, ...options }: LossSpec): Json {
  if ('function' in options) throw notInKeras(`loss that is a function (${options.function})`);
  return objectOf('keras.losses', className(name), options);
}

/** Losses that are no classes of metrics in Keras. */
const onlyLosses: ReadonlySet<string> = new Set([
  ...['huber', 'binaryFocalCrossentropy', 'categoricalFocalCrossentropy', 'traced', 'custom'],
]);

/** Keras finds the form of these by the loss and the output. */
const byName: ReadonlySet<string> = new Set(['accuracy', 'crossentropy']);

function metricOfKeras({ name, logName, ...options }: MetricSpec): (Json | string)[] {
  if (onlyLosses.has(name)) return [];
  if (byName.has(name)) return [name];
  const type = name === 'logCosh' ? 'LogCoshError' : className(name);
  const told = Object.entries(options).filter(([key]) => !(key in lossesOwn));
  return [
    objectOf('keras.metrics', type, { ...Object.fromEntries(told), ...(logName !== undefined && { name: logName }) }),
  ];
}

/** Arguments of losses that the metrics of the same names do without at these values. */
const lossesOwn = { axis: -1 } as const;

/** Classes whose names are not the words of ours. */
const classNames: Readonly<Record<string, string>> = { kullbackLeiblerDivergence: 'KLDivergence', auc: 'AUC' };

function className(name: string): string {
  if (Object.hasOwn(classNames, name)) return classNames[name];
  return name[0].toUpperCase() + name.slice(1);
}

function objectOf(module: string, class_name: string, options: object): Json {
  const config = Object.entries(options).map(([key, value]) => [snakeCase(key), value]);
  return { module, class_name, config: Object.fromEntries(config), registered_name: null };
}

const optimizerClasses: Partial<Readonly<Record<OptimizerKind, string>>> = {
  sgd: 'SGD',
  rmsprop: 'RMSprop',
  adagrad: 'Adagrad',
  adadelta: 'Adadelta',
  adam: 'Adam',
  adamw: 'AdamW',
  adamax: 'Adamax',
  nadam: 'Nadam',
  lion: 'Lion',
};

/** Options of every optimizer that Keras has under the same names. */
const COMMON = [
  ...['clipnorm', 'globalClipnorm', 'clipvalue', 'weightDecay', 'useEma', 'emaMomentum', 'emaOverwriteFrequency'],
];

function optimizerOfKeras(spec: OptimizerSpec, learningRate: number): Json {
  const type = optimizerClasses[spec.kind];
  if (type === undefined) throw notInKeras(`optimizer ${spec.kind}`);
  const given: Readonly<Record<string, unknown>> = { ...spec };
  const { excludeFromWeightDecay = [], weightDecay = 0, gradientAccumulationSteps = 1 } = spec;
  if (excludeFromWeightDecay.length > 0 && weightDecay > 0)
    throw notInKeras(`word in files for excludeFromWeightDecay`);
  const args: ArgumentList = optimizers.find(({ kind }) => kind === spec.kind)?.arguments ?? {};
  for (const [name, argument] of Object.entries(args)) requireRule(spec.kind, name, argument, given[name]);
  const named = [...COMMON, ...Object.keys(args).filter((name) => 'default' in args[name] && name !== 'learningRate')];
  const told = named
    .filter((name) => given[name] !== undefined)
    .map((name) => [argumentName(name), numberOf(name, given[name])]);
  const config = {
    name: type.toLowerCase(),
    learning_rate: rateOfKeras(spec, learningRate),
    ...Object.fromEntries(told),
    ...(gradientAccumulationSteps > 1 && { gradient_accumulation_steps: gradientAccumulationSteps }),
  };
  return { module: 'keras.optimizers', class_name: type, config, registered_name: null };
}

/** Counts are whole numbers to Keras, all others are floats. */
const numberOf = (name: string, value: unknown): unknown => (/steps$|frequency$/i.test(name) ? value : float(value));

const floats = (options: object): object =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, numberOf(name, value)]));

const argumentName = (name: string): string => snakeCase(name).replace(/(?<=[a-z])(\d)$/, '_$1');

/** A choice of a rule that Keras does not follow. */
function requireRule(kind: string, name: string, argument: ArgumentList[string], value: unknown): void {
  if ('default' in argument || value === undefined || value === argument.values[0]) return;
  throw notInKeras(`optimizer ${kind} with ${name}: ${JSON.stringify(value)}`);
}

/** Whether Keras keeps the learning rate as a variable. */
export function isRateVariable({ schedule, decay }: OptimizerSpec): boolean {
  return schedule === undefined && decay === 0;
}

function rateOfKeras({ schedule, decay }: OptimizerSpec, rate: number): unknown {
  if (schedule === undefined && decay === 0) return float(rate);
  const modules = 'keras.optimizers.schedules';
  if (schedule === undefined) {
    const options = { initialLearningRate: rate, decaySteps: 1, decayRate: decay, staircase: false };
    return objectOf(modules, 'InverseTimeDecay', floats(options));
  }
  if (decay !== 0) throw notInKeras('schedule with a decay beside it');
  const [type, options] = scheduleOfKeras(schedule, rate);
  return objectOf(modules, type, floats(options));
}

function scheduleOfKeras({ kind, ...options }: Schedule, rate: number): [string, object] {
  const given = options as Omit<Extract<Schedule, { after?: unknown }>, 'kind'> & {
    readonly factors: readonly number[];
  };
  switch (kind) {
    case 'exponentialDecay':
    case 'inverseTimeDecay':
    case 'cosineDecay':
    case 'cosineDecayRestarts':
    case 'polynomialDecay':
      return [className(kind), { initialLearningRate: rate, ...options }];
    case 'piecewiseConstant': {
      const { factors, ...others } = given;
      return ['PiecewiseConstantDecay', { ...others, values: factors.map((factor) => rate * factor) }];
    }
    case 'warmUp': {
      const { after, warmupSteps, startFactor } = given;
      if (after?.kind !== 'cosineDecay') break;
      const { kind: _, ...decay } = after;
      return ['CosineDecay', { ...decay, initialLearningRate: rate * startFactor, warmupTarget: rate, warmupSteps }];
    }
  }
  throw notInKeras(`schedule ${kind}`);
}
