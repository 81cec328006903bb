import { type ZodRawShape, z } from 'zod';
import { type ActivationName, activations } from '../../../shared/kernels/activations.js';
import { camelCaseKeys } from '../../options/casing.js';
import type { InputActivation } from './inputActivation.js';

/**
 * Which activations there are: names of functions, and layers without weights, which may also stand where a layer takes
 * an activation.
 */

/** An activation with its arguments, by what its derivative follows from. */
export type Activation =
  /** From its output: a layer's own kernel can apply it. */
  | { readonly from: 'output'; readonly name: ActivationName }
  /** From its input. */
  | { readonly from: 'input'; readonly own: InputActivation }
  /** From all outputs along an axis, which counts as in Keras: the batch is axis 0. */
  | { readonly from: 'axis'; readonly name: SoftmaxName; readonly axis: number };

/** Functions by name whose kernels need their input, as those kernels take them. */
const inputActivationsByName = {
  celu: { name: 'celu', alpha: 1 },
  hardTanh: { name: 'clippedLine', alpha: 1, threshold: -1, limit: 1 },
  sparseSigmoid: { name: 'clippedLine', alpha: 0.5, threshold: 0, limit: 1 },
  hardShrink: { name: 'hardShrink', threshold: 0.5 },
  softShrink: { name: 'softShrink', threshold: 0.5 },
  tanhShrink: { name: 'tanhShrink' },
  sparsePlus: { name: 'sparsePlus' },
  squareplus: { name: 'squareplus', alpha: 4 },
  logSigmoid: { name: 'logSigmoid' },
  hardSilu: { name: 'hardSilu' },
  hardSwish: { name: 'hardSilu' },
  exponential: { name: 'exponential' },
  swish: { name: 'swish' },
  silu: { name: 'swish' },
  gelu: { name: 'gelu' },
  geluNew: { name: 'geluTanh' },
  mish: { name: 'mish' },
} satisfies Record<string, InputActivation>;

const softmaxNames = ['softmax', 'logSoftmax', 'sparsemax'] as const;

export type SoftmaxName = (typeof softmaxNames)[number];

/** Every function that lowers, by its TensorFlow.js name. */
export const activationNames = [
  ...activations,
  ...softmaxNames,
  ...(Object.keys(inputActivationsByName) as (keyof typeof inputActivationsByName)[]),
] as const;

export type AnyActivationName = (typeof activationNames)[number];

/** The function of a name in any spelling, `leaky_relu` or `leakyRelu`; undefined where there is none. */
function findFunction(name: string): AnyActivationName | undefined {
  return activationNames.find((known) => plain(known) === plain(name));
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

type Config = Readonly<Record<string, unknown>>;

/** A layer class without weights that maps its input as an activation does. */
export interface ActivationLayer {
  /** Keras class name. */
  readonly type: string;
  readonly arguments: ZodRawShape;
  /** Arguments that Keras 3 has under another name: Keras 3's, then that above. */
  readonly renamed?: Readonly<Record<string, string>>;
  activation(config: Config): Activation;
}

const slope = z.number().optional();
const fromOutput = (name: ActivationName): Activation => ({ from: 'output', name });
const fromInput = (own: InputActivation): Activation => ({ from: 'input', own });

/** min(x, maxValue) where x > threshold, else negativeSlope · (x − threshold). */
const relu: ActivationLayer = {
  type: 'ReLU',
  arguments: {
    maxValue: z.number().positive().nullable().optional(),
    negativeSlope: slope,
    threshold: z.number().min(0).optional(),
  },

  activation(config) {
    const limit = (config.maxValue ?? undefined) as number | undefined;
    const alpha = Number(config.negativeSlope ?? 0);
    const threshold = Number(config.threshold ?? 0);
    const simple = alpha === 0 && threshold === 0;
    if (simple && limit === undefined) return fromOutput('relu');
    if (simple && limit === 6) return fromOutput('relu6');
    return fromInput({ name: 'rectifier', alpha, threshold, limit });
  },
};

/** x where x > 0, else alpha · x. */
const leakyReLU: ActivationLayer = {
  type: 'LeakyReLU',
  arguments: { alpha: slope },
  renamed: { negativeSlope: 'alpha' },

  activation({ alpha = 0.3 }) {
    return alpha === 0.2 ? fromOutput('leakyRelu') : fromInput({ name: 'rectifier', alpha: Number(alpha) });
  },
};

/** x where x > theta, else 0: Konda, Memisevic and Krueger, "Zero-bias autoencoders", 2014. */
const thresholdedReLU: ActivationLayer = {
  type: 'ThresholdedReLU',
  arguments: { theta: slope },

  activation: ({ theta = 1 }) => fromInput({ name: 'rectifier', threshold: Number(theta) }),
};

/** x where x > 0, else alpha · (eˣ − 1). */
const elu: ActivationLayer = {
  type: 'ELU',
  arguments: { alpha: slope },

  activation({ alpha = 1 }) {
    return alpha === 1 ? fromOutput('elu') : fromInput({ name: 'scaledElu', alpha: Number(alpha) });
  },
};

/** 1 where x > 0, else 0. Its gradient is zero, or that of the identity where `gradient` is straightThrough. */
const step: ActivationLayer = {
  type: 'Step',
  arguments: { gradient: z.enum(['zero', 'straightThrough']).optional() },

  activation({ gradient }) {
    return gradient === 'straightThrough' ? fromInput({ name: 'straightStep' }) : fromOutput('step');
  },
};

const softmax: ActivationLayer = {
  type: 'Softmax',
  arguments: { axis: z.int().optional() },

  activation: ({ axis = -1 }) => ({ from: 'axis', name: 'softmax', axis: Number(axis) }),
};

/** By class name. */
export const activationLayers: ReadonlyMap<string, ActivationLayer> = new Map(
  [relu, leakyReLU, thresholdedReLU, elu, softmax, step].map((layer) => [layer.type, layer]),
);

/** An activation among the arguments of a layer, in the form that TensorFlow.js reads. */
export type ActivationArgument = AnyActivationName | { readonly className: string; readonly config: Config };

/** Why something is no activation: the end of a sentence. */
interface Problem {
  readonly problem: string;
}

/**
 * Reads an activation among a layer's arguments: a function's name in any spelling, a layer's class name, which stands for
 * the layer with its defaults, or a layer with its arguments, flat or as Keras or TensorFlow.js serialises it.
 */
export function readActivation(given: unknown): ActivationArgument | Problem {
  if (typeof given === 'string') return activationLayers.has(given) ? readLayer(given, {}) : readName(given);
  if (typeof given !== 'object' || given === null) return { problem: `give ${wanted}` };
  const { type, class_name = type, className = class_name, config, module: _, ...flat } = given as Config;
  // So Keras serialises a function that is none of its own, and a layer that has an activation alone.
  if (className === 'function') return readActivation(config ?? null);
  const own = typeof config === 'object' && config !== null ? (config as Config) : flat;
  if (className === 'Activation') return readActivation(own.activation ?? null);
  if (typeof className !== 'string') return { problem: `give ${wanted}` };
  return activationLayers.has(className) ? readLayer(className, own) : readName(className);
}

const wanted = `one of ${activationNames.join(', ')}, or a layer without weights as { type, … }: ${[...activationLayers.keys()].join(', ')}`;

/** Functions of Keras that are no activation of a layer here, each with what to do. */
const refused: Readonly<Record<string, string>> = {
  glu: 'glu halves the last axis, which an activation does not do here; multiply one Dense layer by another one with a sigmoid',
  threshold: 'threshold has no default for its numbers; give a ReLU with a threshold, or a ThresholdedReLU',
};

function readName(name: string): ActivationArgument | Problem {
  if (Object.hasOwn(refused, name)) return { problem: refused[name] };
  return findFunction(name) ?? { problem: `give ${wanted}; put any other layer behind this one` };
}

function readLayer(className: string, given: Config): ActivationArgument | Problem {
  const { arguments: shape, renamed = {} } = activationLayers.get(className) as ActivationLayer;
  const own = Object.entries(camelCaseKeys(given)).filter(([key, value]) => !isNeutral(key, value));
  const parsed = z
    .strictObject(shape)
    .safeParse(Object.fromEntries(own.map(([key, value]) => [renamed[key] ?? key, value])));
  if (parsed.success) return { className, config: parsed.data };
  const [{ path, message }] = parsed.error.issues;
  const place = path.length > 0 ? ` for ${path.join('.')}` : '';
  return { problem: `its ${className} takes ${Object.keys(shape).join(', ')}, and has${place}: ${message}` };
}

/** What every layer is serialised with, and asks for nothing here. */
function isNeutral(key: string, value: unknown): boolean {
  const { config } = (value ?? {}) as { readonly config?: { readonly name?: unknown } };
  if (key === 'dtype') return value === 'float32' || config?.name === 'float32';
  return value === null || key === 'name' || key === 'trainable' || key === 'registeredName';
}

/** The activation that such an argument asks for. */
export function activationIn(argument: ActivationArgument): Activation {
  if (typeof argument === 'object') {
    return (activationLayers.get(argument.className) as ActivationLayer).activation(argument.config);
  }
  const overAxis = softmaxNames.find((known) => known === argument);
  if (overAxis !== undefined) return { from: 'axis', name: overAxis, axis: -1 };
  const name = activations.find((known) => known === argument);
  if (name !== undefined) return fromOutput(name);
  return fromInput(inputActivationsByName[argument as keyof typeof inputActivationsByName]);
}
