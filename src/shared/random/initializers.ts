import { userError } from '../errors.js';
import { normalQuantile } from './normalQuantile.js';
import { orthonormalize } from './orthonormalize.js';
import { Draws, type Seed } from './rng.js';

/** An initializer as TensorFlow.js and Keras serialise it. */
export interface InitializerSpec {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type Shape = readonly number[];
type Config = InitializerSpec['config'];
type Initializer = (config: Config, shape: Shape, draws: Draws) => Float32Array;

/**
 * The initial values of a weight of `shape`, row-major. They depend only on the initializer, the shape, the run's seed
 * and `key`, the number of the weight in its model; a seed in the config is not read. The formulas are Keras's.
 *
 * Names may be written as a class (`GlorotUniform`), in camelCase or in snake_case. Throws `UNSUPPORTED_INITIALIZER`
 * for an unknown name and `INVALID_INITIALIZER` for an argument that cannot be used.
 */
export function initialize(spec: InitializerSpec, shape: Shape, seed: Seed, key: number): Float32Array {
  return initializerOf(spec.className)(spec.config, shape, new Draws(seed).at('initialize', key, 0, 0));
}

function initializerOf(className: string): Initializer {
  const initializer = initializers.get(plainName(className));
  if (initializer !== undefined) return initializer;
  throw userError(
    'UNSUPPORTED_INITIALIZER',
    `Initializer "${className}" is not supported; use one of ${[...initializers.keys()].join(', ')}.`,
  );
}

/** `glorot_uniform`, `glorotUniform` and `GlorotUniform` are one name. */
const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase();

const initializers: ReadonlyMap<string, Initializer> = new Map(
  Object.entries<Initializer>({
    zeros: (_, shape) => filled(shape, () => 0),
    ones: (_, shape) => filled(shape, () => 1),
    constant: (config, shape) => constant(shape, numberOf(config, 'value', 0)),
    randomUniform: (config, shape, draws) =>
      uniformBetween(shape, draws, numberOf(config, 'minval', -0.05), numberOf(config, 'maxval', 0.05)),
    randomNormal: (config, shape, draws) =>
      normal(shape, draws, numberOf(config, 'mean', 0), numberOf(config, 'stddev', 0.05)),
    truncatedNormal: (config, shape, draws) =>
      truncatedNormal(shape, draws, numberOf(config, 'mean', 0), numberOf(config, 'stddev', 0.05)),
    varianceScaling: (config, shape, draws) => varianceScaling(scalingOf(config), shape, draws),
    glorotUniform: scaled({ scale: 1, mode: 'fanavg', distribution: 'uniform' }),
    glorotNormal: scaled({ scale: 1, mode: 'fanavg', distribution: 'truncatednormal' }),
    heUniform: scaled({ scale: 2, mode: 'fanin', distribution: 'uniform' }),
    heNormal: scaled({ scale: 2, mode: 'fanin', distribution: 'truncatednormal' }),
    leCunUniform: scaled({ scale: 1, mode: 'fanin', distribution: 'uniform' }),
    leCunNormal: scaled({ scale: 1, mode: 'fanin', distribution: 'truncatednormal' }),
    unitForgetBias: (config, shape, draws) => unitForgetBias(config, shape, draws),
    identity: (config, shape) => identity(shape, numberOf(config, 'gain', 1)),
    orthogonal: (config, shape, draws) => orthogonal(shape, draws, numberOf(config, 'gain', 1)),
  }).map(([name, initializer]) => [plainName(name), initializer]),
);

function filled(shape: Shape, valueAt: (e: number) => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let e = 0; e < values.length; e++) values[e] = valueAt(e);
  return values;
}

const sizeOf = (shape: Shape): number => shape.reduce((size, dimension) => size * dimension, 1);

/** Biases of an LSTM's gates i, f, g, o: those of the forget gate are 1, the others as `base` draws them. */
function unitForgetBias(config: Config, shape: Shape, draws: Draws): Float32Array {
  const base = config.base as InitializerSpec;
  const values = initializerOf(base.className)(base.config, shape, draws);
  return values.fill(1, values.length / 4, values.length / 2);
}

const constant = (shape: Shape, value: number): Float32Array => filled(shape, () => value);

const uniformBetween = (shape: Shape, draws: Draws, low: number, high: number): Float32Array =>
  filled(shape, (e) => low + (high - low) * draws.uniform(e));

const normal = (shape: Shape, draws: Draws, mean: number, stddev: number): Float32Array =>
  filled(shape, (e) => mean + stddev * normalQuantile(openUniform(draws, e)));

/** Normal values within two standard deviations of the mean: the part of the distribution between them, stretched. */
const truncatedNormal = (shape: Shape, draws: Draws, mean: number, stddev: number): Float32Array =>
  filled(shape, (e) => mean + stddev * normalQuantile(BELOW + (1 - 2 * BELOW) * openUniform(draws, e)));

/** The share of a standard normal distribution below −2. */
const BELOW = 0.022750131948179195;

/** The standard deviation of a standard normal distribution cut at ±2. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

/** A uniform inside (0, 1), never at an end. */
const openUniform = (draws: Draws, e: number): number => (draws.word(e) + 0.5) / 2 ** 32;

type Distribution = 'uniform' | 'truncatednormal' | 'untruncatednormal';
type Mode = 'fanin' | 'fanout' | 'fanavg';

interface Scaling {
  readonly scale: number;
  readonly mode: Mode;
  readonly distribution: Distribution;
}

/** Plain `normal` has been truncated in Keras since its second version. */
const distributions: Readonly<Record<string, Distribution>> = {
  normal: 'truncatednormal',
  truncatednormal: 'truncatednormal',
  untruncatednormal: 'untruncatednormal',
  uniform: 'uniform',
};

const modes: Readonly<Record<string, Mode>> = { fanin: 'fanin', fanout: 'fanout', fanavg: 'fanavg' };

function scalingOf(config: Config): Scaling {
  return {
    scale: numberOf(config, 'scale', 1),
    mode: choiceOf(config, 'mode', modes, 'fanIn'),
    distribution: choiceOf(config, 'distribution', distributions, 'normal'),
  };
}

function scaled(scaling: Scaling): Initializer {
  return (_, shape, draws) => varianceScaling(scaling, shape, draws);
}

/** Values of variance scale / fan. */
function varianceScaling({ scale, mode, distribution }: Scaling, shape: Shape, draws: Draws): Float32Array {
  const { fanIn, fanOut } = fansOf(shape);
  const fan = { fanin: fanIn, fanout: fanOut, fanavg: (fanIn + fanOut) / 2 }[mode];
  const variance = scale / Math.max(1, fan);
  if (distribution === 'uniform') {
    const limit = Math.sqrt(3 * variance);
    return uniformBetween(shape, draws, -limit, limit);
  }
  if (distribution === 'untruncatednormal') return normal(shape, draws, 0, Math.sqrt(variance));
  return truncatedNormal(shape, draws, 0, Math.sqrt(variance) / TRUNCATED_DEVIATION);
}

/** Inputs and outputs of one unit: (…window, in, out), where the window multiplies both. */
function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const window = sizeOf(shape.slice(0, -2));
  return { fanIn: window * shape.at(-2)!, fanOut: window * shape.at(-1)! };
}

function identity(shape: Shape, gain: number): Float32Array {
  requireMatrix('Identity', shape, shape.length === 2);
  const columns = shape[1];
  return filled(shape, (e) => (Math.floor(e / columns) === e % columns ? gain : 0));
}

/**
 * gain · Q of the QR factors of a normal matrix, its leading axes flattened to rows; R has a positive diagonal, which
 * makes Q uniform among orthogonal matrices. A wide matrix has orthonormal rows, any other orthonormal columns.
 */
function orthogonal(shape: Shape, draws: Draws, gain: number): Float32Array {
  requireMatrix('Orthogonal', shape, shape.length >= 2);
  const columns = shape.at(-1)!;
  const rows = sizeOf(shape) / columns;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors = Array.from({ length: count }, (_, v) =>
    Float64Array.from({ length }, (_, i) => normalQuantile(openUniform(draws, v * length + i))),
  );
  orthonormalize(vectors);
  return filled(shape, (e) => {
    const row = Math.floor(e / columns);
    const column = e % columns;
    return gain * (rows < columns ? vectors[row][column] : vectors[column][row]);
  });
}

function numberOf(config: Config, name: string, fallback: number): number {
  const value = config[name] ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw userError('INVALID_INITIALIZER', `Initializer argument ${name} is ${String(value)}; give a finite number.`);
}

function choiceOf<T>(config: Config, argument: string, choices: Readonly<Record<string, T>>, fallback: string): T {
  const value = String(config[argument] ?? fallback);
  const name = plainName(value);
  if (Object.hasOwn(choices, name)) return choices[name];
  const expected = Object.keys(choices).join(', ');
  throw userError('INVALID_INITIALIZER', `Initializer argument ${argument} is "${value}"; use one of ${expected}.`);
}

function requireMatrix(name: string, shape: Shape, holds: boolean): void {
  if (holds) return;
  throw userError(
    'INVALID_INITIALIZER',
    `Initializer "${name}" was given a weight of shape [${shape.join(', ')}]; it needs a matrix, so choose another.`,
  );
}
