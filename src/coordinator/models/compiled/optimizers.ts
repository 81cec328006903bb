import { userError } from '../../../shared/errors.js';
import type { OptimizerKind, OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
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
  /** What it keeps for every weight, in its order, by suffix; null where TensorFlow.js can neither give nor take it. */
  readonly keeps: Readonly<Record<string, string>> | null;
}

const rate = { learningRate: 'learningRate' };
const estimates = { ...rate, beta1: 'beta1', beta2: 'beta2', epsilon: 'epsilon' };

const classes: Readonly<Record<string, OptimizerClass>> = {
  SGD: { kind: 'sgd', keys: rate, keeps: {} },
  Momentum: {
    kind: 'sgd',
    keys: { ...rate, momentum: 'momentum', useNesterov: 'nesterov' },
    keeps: { momentum: 'velocity' },
  },
  RMSProp: {
    kind: 'rmsprop',
    keys: { ...rate, decay: 'rho', momentum: 'momentum', epsilon: 'epsilon', centered: 'centered' },
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
    keeps: { accum_grad: 'accumulatedGradient', accum_var: 'accumulatedChange' },
  },
  Adam: { kind: 'adam', keys: estimates, keeps: { m: 'm', v: 'v' } },
  Adamax: { kind: 'adamax', keys: { ...estimates, decay: 'decay' }, keeps: null },
};

/** Options that change nothing at these values, or in themselves: TensorFlow.js need not know of them. */
const neutral: Readonly<Record<string, unknown>> = {
  ...{ decay: 0, momentum: 0, nesterov: false, amsgrad: false, weightDecay: 0, useEma: false, epsilon: 1e-7 },
  gradientAccumulationSteps: 1,
};
const idle: readonly string[] = ['kind', 'excludeFromWeightDecay', 'emaMomentum', 'emaOverwriteFrequency'];

/** The optimizer that TensorFlow.js describes; `source` is for messages. */
export function readOptimizer(source: string, given: unknown): OptimizerSpec {
  const { class_name: name, config = {} } = (given ?? {}) as Partial<OptimizerConfig>;
  if (typeof name !== 'string' || !Object.hasOwn(classes, name) || typeof config !== 'object' || config === null) {
    throw userError(
      'INVALID_MODEL',
      `${source} has the optimizer ${JSON.stringify(name) ?? 'of no class'}, which is none of ${Object.keys(classes).join(', ')}; give the option optimizer, with which its moments begin anew.`,
    );
  }
  const { kind, keys } = classes[name];
  const options = Object.entries(config).map(([key, value]) => [Object.hasOwn(keys, key) ? keys[key] : key, value]);
  return read(kind, Object.fromEntries(options));
}

/** The vectors that an optimizer which `readOptimizer` has taken keeps. */
export function givenVectors(given: unknown, spec: OptimizerSpec): readonly KeptVector[] {
  return vectorsOf((given as OptimizerConfig).class_name, spec, spec.learningRate);
}

/** The same, as TensorFlow.js writes it, at a learning rate; throws for what its optimizers cannot do. */
export function writeOptimizer(spec: OptimizerSpec, learningRate: number): OptimizerConfig {
  const [name, { keys }] = classOf(spec);
  const own = Object.values(keys);
  const beyond = Object.entries(spec).find(
    ([key, value]) => !own.includes(key) && !idle.includes(key) && value !== undefined && value !== neutral[key],
  );
  if (beyond !== undefined) throw inexpressible(`${spec.kind} with ${beyond[0]}: ${JSON.stringify(beyond[1])}`);
  const values: Readonly<Record<string, unknown>> = { ...spec, learningRate };
  return {
    class_name: name,
    config: Object.fromEntries(Object.entries(keys).map(([key, ours]) => [key, values[ours]])),
  };
}

/** The vectors that the optimizer of `writeOptimizer` keeps: one after another, each for all weights. */
export function writtenVectors(spec: OptimizerSpec, learningRate: number): readonly KeptVector[] {
  return vectorsOf(classOf(spec)[0], spec, learningRate);
}

function vectorsOf(name: string, spec: OptimizerSpec, learningRate: number): readonly KeptVector[] {
  const { keeps } = classes[name];
  if (keeps === null) throw inexpressible(`way to store the moments of ${name}`);
  const kept = Object.entries(keeps).filter(
    ([suffix]) => suffix !== 'mg' || (spec.kind === 'rmsprop' && spec.centered),
  );
  // Keras's velocity has the rate in it, with the sign of the step; TensorFlow.js sums gradients.
  const factor = name === 'Momentum' ? -learningRate : 1;
  return kept.map(([suffix, vector]) => ({ suffix, vector, factor }));
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
