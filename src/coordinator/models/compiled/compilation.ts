import type { Optimizer, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../../shared/errors.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import type { LossName } from '../../options/losses.js';
import type { MetricName } from '../../options/metrics.js';
import { anyOptimizer } from '../../options/optimizers.js';
import type { TrainerFields } from '../../options/trainerFields.js';
import type { TrainerOptions } from '../../options/trainerOptions.js';
import { hasMethod, show } from '../../options/values.js';
import { readOptimizer } from './optimizers.js';

/** A tensor that an optimizer keeps, as TensorFlow.js stores it. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** What a model of TensorFlow.js was compiled with, and what its optimizer keeps. Nothing of it has been checked yet. */
export interface Compilation {
  /** Where it comes from, for messages. */
  readonly source: string;
  readonly loss: unknown;
  readonly metrics: unknown;
  readonly optimizer: unknown;
  /** `iter`, the number of updates, then each vector for every trained weight; empty where none is stored. */
  optimizerWeights(): Promise<readonly StoredTensor[]>;
}

/** That of a model in memory; undefined where it was not compiled. */
export function compilationOf(model: LayersModel): Compilation | undefined {
  const { optimizer, loss, metrics } = model;
  if (optimizer === undefined || optimizer === null) return undefined;
  return {
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

/** Options with an optimizer, and a loss as it was given or compiled. */
type CompleteOptions = TrainerFields & { readonly optimizer: OptimizerSpec };

/** A trainer's options: what is left out is what the model was compiled with. */
export function completeOptions(given: TrainerFields, compilation: Compilation | undefined): CompleteOptions {
  const optimizer =
    given.optimizer === undefined
      ? compiled('optimizer', compilation, compiledOptimizer)
      : givenOptimizer(given.optimizer);
  if (given.loss !== undefined) return { ...given, optimizer };
  const loss = compiled('loss', compilation, compiledLoss);
  const metrics = given.metrics ?? compiled('metrics', compilation, compiledMetrics);
  return { ...given, optimizer, loss, metrics };
}

/** An optimizer of TensorFlow.js says what it is; its moments are those of another model. */
export function givenOptimizer(given: unknown): OptimizerSpec {
  if (!hasMethod(given, 'getClassName') || !hasMethod(given, 'getConfig')) return anyOptimizer(given);
  return readOptimizer('The option optimizer', { class_name: given.getClassName(), config: given.getConfig() });
}

function compiled<T>(option: string, compilation: Compilation | undefined, read: (from: Compilation) => T): T {
  if (compilation !== undefined) return read(compilation);
  throw userError(
    'MISSING_OPTION',
    `The option ${option} is missing, and the model was not compiled; give it, or a model that TensorFlow.js has compiled or saved with includeOptimizer.`,
  );
}

function compiledOptimizer({ source, optimizer }: Compilation): OptimizerSpec {
  return readOptimizer(source, optimizer);
}

/** Names are checked where all are. */
function compiledLoss({ source, loss }: Compilation): TrainerOptions['loss'] {
  if (isEach(loss, isName)) return loss as LossName;
  throw userError(
    'INVALID_MODEL',
    `${source} has a loss that is no name of one (${show(loss)}); give the option loss, with a function from one of modules if need be.`,
  );
}

function compiledMetrics({ source, metrics }: Compilation): Exclude<TrainerOptions['metrics'], undefined> {
  const named = mapEach(metrics ?? [], (metric) => (typeof metric === 'function' ? metric.name : metric));
  if (typeof named === 'string') return [named as MetricName];
  if (Array.isArray(named) && named.every(isName)) return named as MetricName[];
  if (isEach(named, (one) => isName(one) || (Array.isArray(one) && one.every(isName)))) {
    const lists = mapEach(named, (one) => [one].flat());
    return lists as MetricName[][];
  }
  throw userError(
    'INVALID_MODEL',
    `${source} has metrics that are no names of any (${show(metrics)}); give the option metrics.`,
  );
}

const isName = (value: unknown): boolean => typeof value === 'string';

/** Whether a value, or each of a list or of a record, is as wanted. */
function isEach(value: unknown, isOne: (one: unknown) => boolean): boolean {
  if (isOne(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(isOne);
}

function mapEach(value: unknown, map: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return map(value);
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
