import { userError } from '../../../shared/errors.js';
import type { ArgumentList } from '../../../shared/optimizers/definition.js';
import { type OptimizerKind, type OptimizerSpec, optimizers } from '../../../shared/optimizers/optimizers.js';
import { read } from '../../options/optimizers.js';

/** An optimizer as TensorFlow.js writes it. */
export interface OptimizerConfig {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What TensorFlow.js keeps for every weight, under the weight's name and this suffix. */
export interface KeptVector {
  readonly suffix: string;
  /** The vector of `momentNames` that it is, divided by `factor`; one that the optimizer does without is zero. */
  readonly vector: string;
  readonly factor: number;
}

/** A class of optimizers of TensorFlow.js. */
interface OptimizerClass {
  readonly kind: OptimizerKind;
  /** Its arguments, and what Lockstep calls them. */
  readonly keys: Readonly<Record<string, string>>;
  /**
   * Options of Lockstep that make its rule that of TensorFlow.js 4.22, which has no word for them. A file names those of
   * another rule: TensorFlow.js reads over them and goes on by its own.
   */
  readonly rule?: Readonly<Record<string, string>>;
  /** What it keeps for every weight, in its order, by suffix. */
  readonly keeps: Readonly<Record<string, string>>;
  /** Whether files can hold that; default true. */
  readonly isStored?: boolean;
}

const rate = { learningRate: 'learningRate' };
const estimates = { ...rate, beta1: 'beta1', beta2: 'beta2', epsilon: 'epsilon' };

const classes: Readonly<Record<string, OptimizerClass>> = {
  SGD: { kind: 'sgd', keys: rate, keeps: {} },
  Momentum: {
    kind: 'sgd',
    keys: { ...rate, momentum: 'momentum', useNesterov: 'nesterov' },
    rule: { velocityOf: 'gradients' },
    keeps: { momentum: 'velocity' },
  },
  RMSProp: {
    kind: 'rmsprop',
    keys: { ...rate, decay: 'rho', momentum: 'momentum', epsilon: 'epsilon', centered: 'centered' },
    rule: { centeredEpsilon: 'subtracted' },
    keeps: { rms: 'velocity', momentum: 'momentum', mg: 'meanGradient' },
  },
  Adagrad: {
    kind: 'adagrad',
    keys: { ...rate, initialAccumulatorValue: 'initialAccumulatorValue' },
    keeps: { accumulator: 'accumulator' },
  },
  Adadelta: {
    kind: 'adadelta',
    keys: { ...rate, rho: 'rho', epsilon: 'epsilon' },
    rule: { divisor: 'previous' },
    keeps: { accum_grad: 'accumulatedGradient', accum_var: 'accumulatedChange' },
  },
  Adam: { kind: 'adam', keys: estimates, rule: { epsilonPlacement: 'corrected' }, keeps: { m: 'm', v: 'v' } },
  Adamax: { kind: 'adamax', keys: { ...estimates, decay: 'decay' }, keeps: { m: 'm', v: 'u' }, isStored: false },
};

/** Options that change nothing at these values, or in themselves: TensorFlow.js need not know of them. */
const neutral: Readonly<Record<string, unknown>> = {
  ...{ decay: 0, momentum: 0, nesterov: false, amsgrad: false, weightDecay: 0, useEma: false, epsilon: 1e-7 },
  gradientAccumulationSteps: 1,
};
const idle: readonly string[] = [
  'kind',
  'excludeFromWeightDecay',
  'emaMomentum',
  'emaOverwriteFrequency',
  'velocityOf',
];

/** The optimizer that TensorFlow.js describes; `source` is for messages. */
export function readOptimizer(source: string, given: unknown): OptimizerSpec {
  const { class_name: name, config = {} } = (given ?? {}) as Partial<OptimizerConfig>;
  if (typeof name !== 'string' || !Object.hasOwn(classes, name) || typeof config !== 'object' || config === null) {
    throw userError(
      'INVALID_MODEL',
      `${source} has the optimizer ${JSON.stringify(name) ?? 'of no class'}, which is none of ${Object.keys(classes).join(', ')}; give the option optimizer, with which its moments begin anew.`,
    );
  }
  const { kind, keys, rule } = classes[name];
  const options = Object.entries(config).map(([key, value]) => [Object.hasOwn(keys, key) ? keys[key] : key, value]);
  return read(kind, { ...rule, ...Object.fromEntries(options) });
}

/** The vectors that an optimizer which `readOptimizer` has taken keeps. */
export function givenVectors(given: unknown, spec: OptimizerSpec): readonly KeptVector[] {
  return vectorsOf((given as OptimizerConfig).class_name, spec, spec.learningRate);
}

/** The same, as TensorFlow.js writes it, at a learning rate; throws for what its optimizers cannot do. */
export function writeOptimizer(spec: OptimizerSpec, learningRate: number): OptimizerConfig {
  const [name, { keys, rule = {} }] = classOf(spec);
  const own = [...Object.values(keys), ...Object.keys(rule)];
  const beyond = Object.entries(spec).find(
    ([key, value]) => !own.includes(key) && !idle.includes(key) && value !== undefined && value !== neutral[key],
  );
  if (beyond !== undefined) throw inexpressible(`${spec.kind} with ${beyond[0]}: ${JSON.stringify(beyond[1])}`);
  const values: Readonly<Record<string, unknown>> = { ...spec, learningRate };
  const written = Object.entries(keys).map(([key, ours]) => [key, values[ours]]);
  return { class_name: name, config: { ...Object.fromEntries(written), ...otherRule(rule, spec) } };
}

/** Options that make an optimizer's rule another than that of TensorFlow.js. */
function otherRule(rule: Readonly<Record<string, string>>, spec: OptimizerSpec): Record<string, unknown> {
  const given: Readonly<Record<string, unknown>> = { ...spec };
  const args: ArgumentList = optimizers.find(({ kind }) => kind === spec.kind)?.arguments ?? {};
  const chosen = Object.keys(rule).map((name) => [name, given[name] ?? firstOf(args[name])]);
  return Object.fromEntries(chosen.filter(([name, value]) => value !== rule[name as string]));
}

/** What a choice is where it is left out. */
function firstOf(argument: ArgumentList[string]): unknown {
  return Array.isArray(argument.values) ? argument.values[0] : undefined;
}

/** The vectors that the optimizer of `writeOptimizer` keeps: one after another, each for all weights. */
export function writtenVectors(spec: OptimizerSpec, learningRate: number): readonly KeptVector[] {
  const [name, { isStored }] = classOf(spec);
  if (isStored === false) throw inexpressible(`way to store the moments of ${name}`);
  return vectorsOf(name, spec, learningRate);
}

function vectorsOf(name: string, spec: OptimizerSpec, learningRate: number): readonly KeptVector[] {
  const kept = Object.entries(classes[name].keeps).filter(
    ([suffix]) => suffix !== 'mg' || (spec.kind === 'rmsprop' && spec.centered),
  );
  return kept.map(([suffix, vector]) => ({ suffix, vector, factor: factorOf(name, spec, learningRate) }));
}

/** A velocity here has the sign of the step, and Keras's the rate in it; TensorFlow.js sums gradients. */
function factorOf(name: string, spec: OptimizerSpec, learningRate: number): number {
  if (name !== 'Momentum') return 1;
  return spec.kind === 'sgd' && spec.velocityOf === 'gradients' ? -1 : -learningRate;
}

function classOf(spec: OptimizerSpec): [string, OptimizerClass] {
  const plain = spec.kind === 'sgd' && spec.momentum > 0 ? 'Momentum' : undefined;
  const found = Object.entries(classes).find(([name, { kind }]) => kind === spec.kind && (plain ?? name) === name);
  if (found === undefined) throw inexpressible(spec.kind);
  return found;
}

export function inexpressible(what: string): Error {
  return userError(
    'NOT_IN_TENSORFLOWJS',
    `TensorFlow.js has no ${what}, so its model files cannot hold the training; save without includeOptimizer, take a checkpoint, or give the option optimizer.`,
  );
}
