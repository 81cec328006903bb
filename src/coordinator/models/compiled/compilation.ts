import type { Optimizer, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../../shared/errors.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { KERAS_REDUCTION } from '../../options/kerasObjective.js';
import { isOne } from '../../options/objectives.js';
import { anyOptimizer } from '../../options/optimizers.js';
import type { TrainerFields } from '../../options/trainerFields.js';
import { hasMethod, show } from '../../options/values.js';
import { innerOptimizer } from '../keras/optimizerVariables.js';
import { isRecord, read } from '../kerasCalls.js';
import { readOptimizer } from './optimizers.js';

/** A tensor that an optimizer keeps, as TensorFlow.js stores it. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** What a model was compiled with, and what its optimizer keeps. Nothing of it has been checked yet. */
export interface Compilation {
  /** The program whose words and rules it is in. */
  readonly by: 'TensorFlow.js' | 'Keras';
  /** Where it comes from, for messages. */
  readonly source: string;
  readonly loss: unknown;
  readonly metrics: unknown;
  readonly optimizer: unknown;
  /** The reduction of losses that are names alone; that of Keras and TensorFlow.js where nothing is said. */
  readonly reduction?: unknown;
  /** Keras alone has these. */
  readonly weightedMetrics?: unknown;
  readonly lossWeights?: unknown;
  /** Names of all weights in the order of the file that Keras has written, by which it knows what belongs to which. */
  readonly order?: readonly string[];
  /**
   * TensorFlow.js: `iter`, the number of updates, then each vector for every trained weight. Keras: the optimizer's variables.
   * Empty where none is stored.
   */
  optimizerWeights(): Promise<readonly StoredTensor[]>;
}

/** That of a model in memory; undefined where it was not compiled. */
export function compilationOf(model: LayersModel): Compilation | undefined {
  const { optimizer, loss, metrics } = model;
  if (optimizer === undefined || optimizer === null) return undefined;
  return {
    by: 'TensorFlow.js',
    source: `Model ${model.name}`,
    loss,
    metrics,
    optimizer: { class_name: optimizer.getClassName(), config: optimizer.getConfig() },
    optimizerWeights: async () => {
      const weights = (await vectorsOfAdamax(optimizer)) ?? (await optimizer.getWeights());
      const stored = weights.map(({ name, tensor }) => ({
        name,
        shape: tensor.shape,
        values: tensor.dataSync<'float32'>().slice(),
      }));
      // The count alone is made for whoever asks; the others are the optimizer's own.
      weights[0]?.tensor.dispose();
      return stored;
    },
  };
}

/** What Keras says in a model that it has serialised, its `compile_config`; undefined where the model was not compiled. */
export function compilationOfKeras(
  model: unknown,
  source: string,
  stored: Partial<Pick<Compilation, 'order' | 'optimizerWeights'>> = {},
): Compilation | undefined {
  const config = isRecord(model) ? read(model, 'compile_config') : undefined;
  if (!isRecord(config) || (config.optimizer ?? null) === null) return undefined;
  return {
    by: 'Keras',
    source,
    loss: config.loss,
    metrics: config.metrics,
    optimizer: innerOptimizer(config.optimizer),
    weightedMetrics: read(config, 'weighted_metrics'),
    lossWeights: read(config, 'loss_weights'),
    optimizerWeights: async () => [],
    ...stored,
  };
}

/** Options with an optimizer, and a loss as it was given or compiled. */
type CompleteOptions = TrainerFields & { readonly optimizer: OptimizerSpec };

/** A trainer's options: what is left out is what the model was compiled with. */
export function completeOptions(given: TrainerFields, compilation: Compilation | undefined): CompleteOptions {
  const optimizer =
    given.optimizer === undefined
      ? compiledOptimizer(requireCompiled('optimizer', compilation))
      : givenOptimizer(given.optimizer);
  if (given.loss !== undefined) return { ...given, optimizer };
  const compiled = requireCompiled('loss', compilation);
  return {
    ...given,
    optimizer,
    loss: compiledLoss(compiled),
    metrics: given.metrics ?? compiledMetrics(compiled),
    weightedMetrics: given.weightedMetrics ?? compiled.weightedMetrics ?? undefined,
    lossWeights: given.lossWeights ?? compiled.lossWeights ?? undefined,
  };
}

/** An optimizer of TensorFlow.js says what it is; its moments are those of another model. */
export function givenOptimizer(given: unknown): OptimizerSpec {
  if (!hasMethod(given, 'getClassName') || !hasMethod(given, 'getConfig')) return anyOptimizer(given);
  return readOptimizer('The option optimizer', { class_name: given.getClassName(), config: given.getConfig() });
}

function requireCompiled(option: 'optimizer' | 'loss', compilation: Compilation | undefined): Compilation {
  if (compilation !== undefined && (compilation[option] ?? null) !== null) return compilation;
  throw userError(
    'MISSING_OPTION',
    `The option ${option} is missing, and the model was not compiled with any; give it, or a model that TensorFlow.js has compiled or saved with includeOptimizer, or that Keras has compiled.`,
  );
}

function compiledOptimizer({ by, source, optimizer }: Compilation): OptimizerSpec {
  return by === 'Keras' ? anyOptimizer(optimizer) : readOptimizer(source, optimizer);
}

/** Names and functions are checked where all are. Alone they have the reduction of the program that compiled them. */
function compiledLoss({ by, source, loss, reduction = KERAS_REDUCTION }: Compilation): unknown {
  if (by === 'Keras' || isEach(loss, isNameOrFunction)) {
    return mapEach(loss, (one) => {
      if (typeof one === 'function') return { function: one, reduction };
      return typeof one === 'string' ? { name: one, reduction } : one;
    });
  }
  throw userError(
    'INVALID_MODEL',
    `${source} has a loss that is neither a name of one nor a function (${show(loss)}); give the option loss.`,
  );
}

function compiledMetrics({ by, source, metrics }: Compilation): unknown {
  const given = metrics ?? [];
  if (by === 'Keras') return given;
  if (isNameOrFunction(given)) return [given];
  if (isEach(given, (one) => isNameOrFunction(one) || (Array.isArray(one) && one.every(isNameOrFunction)))) {
    return given;
  }
  throw userError(
    'INVALID_MODEL',
    `${source} has metrics that are neither names of any nor functions (${show(metrics)}); give the option metrics.`,
  );
}

const isNameOrFunction = (value: unknown): boolean => typeof value === 'string' || typeof value === 'function';

/** Whether a value, or each of a list or of a record, is as wanted. */
function isEach(value: unknown, isOne: (one: unknown) => boolean): boolean {
  if (isOne(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(isOne);
}

/** One loss or metric, or each of those that outputs have in a list or by their names. */
function mapEach(value: unknown, map: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null || isOne(value)) return map(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, map(one)]));
}

/** What TensorFlow.js 4.22 lets its Adamax keep but not give. */
interface AdamaxVectors {
  readonly accumulatedFirstMoment: readonly { readonly originalName: string; readonly variable: Variable }[];
  readonly accumulatedWeightedInfNorm: AdamaxVectors['accumulatedFirstMoment'];
}

/** The same as `getWeights` of other optimizers; undefined where the optimizer is none of these. */
async function vectorsOfAdamax(
  optimizer: Optimizer,
): Promise<Awaited<ReturnType<Optimizer['getWeights']>> | undefined> {
  if (optimizer.getClassName() !== 'Adamax') return undefined;
  const { accumulatedFirstMoment, accumulatedWeightedInfNorm } = optimizer as object as AdamaxVectors;
  const vectors = [...accumulatedFirstMoment, ...accumulatedWeightedInfNorm];
  const named = vectors.map(({ originalName, variable }) => ({ name: originalName, tensor: variable }));
  return [await optimizer.saveIterations(), ...named];
}
