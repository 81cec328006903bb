import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../../shared/errors.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import type { GivenLoss, GivenMetric } from '../../options/objectives.js';
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
      const weights = await optimizer.getWeights();
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
function givenOptimizer(given: unknown): OptimizerSpec {
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

/** Names and functions are checked where all are. */
function compiledLoss({ source, loss }: Compilation): TrainerOptions['loss'] {
  if (isEach(loss, isNameOrFunction)) return loss as GivenLoss;
  throw userError(
    'INVALID_MODEL',
    `${source} has a loss that is neither a name of one nor a function (${show(loss)}); give the option loss.`,
  );
}

function compiledMetrics({ source, metrics }: Compilation): Exclude<TrainerOptions['metrics'], undefined> {
  const given = metrics ?? [];
  if (isNameOrFunction(given)) return [given as GivenMetric];
  if (isEach(given, (one) => isNameOrFunction(one) || (Array.isArray(one) && one.every(isNameOrFunction)))) {
    return given as GivenMetric[];
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
