import { z } from 'zod';
import { LockstepError, userError } from '../../shared/errors.js';
import { isAllocationFailure } from '../../shared/memory/beyondMemory.js';
import { type TfLayer, tfl } from '../../shared/tfjs/tfjs.js';
import { isInitializer, isWithheld, specOf } from '../../shared/tfjs/withheld.js';
import { initializer as serializable } from '../compiler/lower/arguments.js';
import { findLowering, lowerLayerOf } from '../compiler/lower/index.js';
import type { LayerLowering } from '../compiler/lower/layer.js';
import { camelCase } from '../options/casing.js';
import { suggestion } from '../options/suggestion.js';
import type { LayerConfig } from '../options/trainerOptions.js';
import { isPlain, show } from '../options/values.js';
import type { BuiltModel } from './built.js';
import { createRegistered, createTfLayer, isOfTensorflow } from './createLayer.js';
import { type Initializers, withInitializers } from './initializers.js';
import {
  argumentsOf,
  entranceOf,
  isEntrance,
  isOfKeras,
  withArguments,
  withoutNeutral,
  wrappedConfig,
} from './kerasConfig.js';
import { topologyOf } from './topology.js';

/** Arguments that any layer may have. */
const common = {
  name: z.string().min(1).optional(),
  inputShape: z.array(z.int().positive().nullable()).min(1).optional(),
  inputDim: z.int().positive().optional(),
  trainable: z.boolean().optional(),
  activityRegularizer: serializable,
};

/** Builds a Sequential model from layer configs; TensorFlow.js infers the shapes. */
export function modelFromLayers(layers: readonly LayerConfig[], name: string): BuiltModel {
  if (layers.length === 0) throw userError('EMPTY_MODEL', 'The model has an empty list of layers; give at least one.');
  const model = tfl.sequential({ name });
  const names = new LayerNames();
  const initializers = new Map<string, Initializers>();
  withShapeOfEntrance(layers).forEach((layer, index) => {
    try {
      const type = typeOf(layer, index);
      model.add(createLayer(requireShape(layer, type, index), type, { index, names, initializers }));
    } catch (error) {
      if (error instanceof LockstepError || isAllocationFailure(error)) throw error;
      throw userError(
        'INVALID_LAYER',
        `Layer ${index} (${typeOf(layer, index)}) does not fit: ${(error as Error).message}`,
        error,
      );
    }
  });
  return { model, topology: withInitializers(topologyOf(model), initializers) };
}

/** Keras writes the input of a Sequential model as a layer of its own, in front of the first one. */
function withShapeOfEntrance(layers: readonly LayerConfig[]): readonly LayerConfig[] {
  const [entrance, first, ...others] = layers;
  if (!isEntrance(typeOf(entrance, 0)) || first === undefined) return layers;
  return [withArguments(first, { inputShape: entranceOf(entrance).shape }), ...others];
}

/** Where a layer is created. */
interface Place {
  /** For messages: that of the outermost layer. */
  readonly index: number;
  readonly names: LayerNames;
  /** Gains the initializers that each layer was given, by its name. */
  readonly initializers: Map<string, Initializers>;
}

/** The layer, built with zeros for weights, with the one that it wraps. */
export function createLayer(given: LayerConfig, type: string, place: Place): TfLayer {
  if (findLowering(type) === undefined) {
    if (isOfTensorflow(type)) return createOfTensorflow(given, type, place);
    const registered = createRegistered(type, { name: place.names.next(type), ...argumentsOf(given) });
    if (registered !== null) return registered;
  }
  const lowering = lowerLayerOf({ name: `${place.index}`, type });
  const args = readArguments(lowering, renamedArguments(lowering, argumentsOf(given), place.index), place.index);
  const { initializers, others } = takeInitializers({
    name: place.names.next(type),
    ...kerasDefaults(lowering),
    ...withInputShape(lowering, args),
    ...('layer' in args && { layer: createWrapped(wrappedConfig(type, args.layer as LayerConfig), place) }),
  });
  const created = createTfLayer(type, others);
  place.initializers.set(created.name, initializers);
  return created;
}

/** A layer of tfjs-layers that does not lower, with what Keras and Lockstep say otherwise: initializers, and spellings. */
function createOfTensorflow(given: LayerConfig, type: string, place: Place): TfLayer {
  const { dataFormat, ...told } = withoutNeutral(argumentsOf(given), {});
  const { initializers, others } = takeInitializers({
    name: place.names.next(type),
    kernelInitializer: 'glorotUniform',
    ...told,
    ...(dataFormat !== undefined && { dataFormat: camelCase(String(dataFormat)) }),
  });
  const created = createTfLayer(type, others);
  const known = [...Object.keys(created.getConfig()), ...Object.keys(common)];
  const unknown = Object.keys(told).find((name) => !known.includes(name) && !isWithheld(name));
  if (unknown !== undefined) throw unknownArgument(type, unknown, told[unknown], known, place.index);
  place.initializers.set(created.name, initializers);
  return created;
}

function createWrapped(given: LayerConfig, place: Place): TfLayer {
  return createLayer(given, typeOf(given, place.index), place);
}

export function typeOf(layer: LayerConfig, index: number): string {
  if (!isPlain(layer)) {
    throw userError(
      'INVALID_LAYER',
      `Layer ${index} is ${show(layer)}; give an object such as { type: 'Dense', units: 10 }.`,
    );
  }
  const type = layer.type ?? layer.class_name ?? layer.className;
  if (typeof type !== 'string') {
    throw userError('INVALID_LAYER', `Layer ${index} has type ${show(type)}; give a Keras class name such as Dense.`);
  }
  return type;
}

/** Keras's names of unnamed layers, `dense`, `dense_1`, …, counted within the model so that they repeat. */
export class LayerNames {
  readonly #counts = new Map<string, number>();

  next(type: string): string {
    const base = type.replace(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase();
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }
}

/** Arguments by the names that TensorFlow.js has for them. */
function renamedArguments(
  { type, renamed = {} }: LayerLowering,
  given: Record<string, unknown>,
  index: number,
): Record<string, unknown> {
  const twice = Object.keys(renamed).find((name) => Object.hasOwn(given, name) && Object.hasOwn(given, renamed[name]));
  if (twice === undefined) {
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [renamed[name] ?? name, value]));
  }
  throw userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${index} (${type}) has ${twice} and ${renamed[twice]}, two names of one argument; give one of them.`,
  );
}

function readArguments(
  lowering: LayerLowering,
  given: Record<string, unknown>,
  index: number,
): Record<string, unknown> {
  const shape = { ...common, ...lowering.arguments, ...ruleArguments(lowering) };
  const told = withoutNeutral(given, shape);
  const unknown = Object.keys(told).find((key) => !Object.hasOwn(shape, key));
  if (unknown !== undefined) throw unknownArgument(lowering.type, unknown, told[unknown], Object.keys(shape), index);
  const parsed = z.object(shape).safeParse(told);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const value = JSON.stringify(told[String(path[0])]);
  throw userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${index} (${lowering.type}) has ${path.join('.')}: ${value ?? 'nothing'}; ${message.replace(/^[A-Z][a-z ]+: /, '')}.`,
  );
}

function unknownArgument(type: string, name: string, value: unknown, known: readonly string[], index: number): Error {
  const reason = isOfKeras(name)
    ? `has ${name}: ${show(value)}, which Lockstep does not do; leave it out.`
    : `has an unknown argument ${name}; ${suggestion(name, known)}`;
  return userError('UNKNOWN_LAYER_ARGUMENT', `Layer ${index} (${type}) ${reason}`);
}

/** A layer takes a regularizer and a constraint for each weight that it takes an initializer for, and trains. */
function ruleArguments(lowering: LayerLowering): z.ZodRawShape {
  const weights = Object.keys(lowering.arguments).filter((key) => isInitializer(key) && !key.startsWith('moving'));
  const stems = weights.map((key) => key.replace(/Initializer$/, ''));
  return Object.fromEntries(
    stems.flatMap((stem) => [`${stem}Regularizer`, `${stem}Constraint`].map((key) => [key, serializable])),
  );
}

/** The first layer says what enters the model. */
function requireShape(layer: LayerConfig, type: string, index: number): LayerConfig {
  if (index > 0) return layer;
  const lowering = findLowering(type);
  if (inputShapeOf(lowering, argumentsOf(layer)) !== undefined) return layer;
  throw userError(
    'MISSING_INPUT_SHAPE',
    'The first layer has no inputShape; give the shape of one row, such as inputShape: [28, 28, 1].',
  );
}

/** Of an Embedding inputDim is the number of its words, and inputLength that of its steps. */
function inputShapeOf(
  lowering: LayerLowering | undefined,
  { inputShape, inputDim, inputLength }: Record<string, unknown>,
): unknown {
  const length = 'inputDim' in (lowering?.arguments ?? {}) ? inputLength : inputDim;
  return inputShape ?? (length === undefined ? undefined : [length]);
}

function withInputShape(lowering: LayerLowering, given: Record<string, unknown>): Record<string, unknown> {
  const inputShape = inputShapeOf(lowering, given);
  const { inputDim, inputLength: _, ...others } = given;
  const args = 'inputDim' in lowering.arguments ? { ...others, inputDim } : others;
  return inputShape === undefined ? args : { ...args, inputShape };
}

/** Keras's defaults where those of TensorFlow.js may differ. */
const kerasDefaultValues = {
  kernelInitializer: 'glorotUniform',
  depthwiseInitializer: 'glorotUniform',
  pointwiseInitializer: 'glorotUniform',
  recurrentInitializer: 'orthogonal',
  biasInitializer: 'zeros',
  betaInitializer: 'zeros',
  gammaInitializer: 'ones',
  movingMeanInitializer: 'zeros',
  movingVarianceInitializer: 'ones',
  alphaInitializer: 'zeros',
  embeddingsInitializer: 'randomUniform',
  axis: -1,
  recurrentActivation: 'sigmoid',
  resetAfter: true,
};

function kerasDefaults(lowering: LayerLowering): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kerasDefaultValues).filter(([name]) => name in lowering.arguments));
}

/** Separates what TensorFlow.js is not told from a layer's other arguments, which get zeros for initializers. */
function takeInitializers(args: Record<string, unknown>): { initializers: Initializers; others: object } {
  const given = Object.entries(args).filter(([name, value]) => isWithheld(name) && (value ?? null) !== null);
  const inPlace = given.map(([name]) => [name, isInitializer(name) ? 'zeros' : undefined]);
  return {
    initializers: Object.fromEntries(given.map(([name, value]) => [name, specOf(value)])),
    others: { ...args, ...Object.fromEntries(inPlace) },
  };
}
