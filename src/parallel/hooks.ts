import type { CustomCallbackArgs, LayersModel } from '@tensorflow/tfjs-layers';
import type { Callback, FitControl } from '../coordinator/callbacks/callback.js';
import { hasMethod, isRecord, show } from '../coordinator/options/values.js';
import { userError } from '../shared/errors.js';
import { tfl } from '../shared/tfjs/tfjs.js';
import type { Companion } from './companion.js';
import { renamed } from './logNames.js';

type ModelFitArgs = NonNullable<Parameters<LayersModel['fit']>[2]>;
/** A callback of TensorFlow.js as an object of a class. */
type TfCallback = Omit<InstanceType<typeof tfl.Callback>, 'model'>;
/** What it is told of a `fit` before it begins. */
export type FitParams = Parameters<TfCallback['setParams']>[0];

/** What a `fit` of TensorFlow.js tells its callbacks. */
interface FitStory {
  /** The model as its owner has it. */
  readonly model: LayersModel;
  readonly companion: Companion;
  /** The names of its logs, without those of validation. */
  readonly names: readonly string[];
  readonly params: FitParams;
}

/** The callbacks that `fit` of TensorFlow.js takes: one, a list, or objects of functions. */
export function readTfCallbacks(
  given: ModelFitArgs['callbacks'],
  yieldEvery: ModelFitArgs['yieldEvery'],
): TfCallback[] {
  return [given ?? []].flat().map((one: unknown) => {
    if (hasMethod(one, 'setModel') && hasMethod(one, 'setParams')) return one as unknown as TfCallback;
    if (!isRecord(one)) {
      throw userError(
        'INVALID_OPTION',
        `fit: a callback is ${show(one)}; give an object of functions such as onEpochEnd, or a callback of TensorFlow.js.`,
      );
    }
    return new tfl.CustomCallback(one as CustomCallbackArgs, yieldEvery as 'auto');
  });
}

/** Tells callbacks of TensorFlow.js what happens in a `fit` of Lockstep, as TensorFlow.js would. */
export function asLockstepCallback(callbacks: readonly TfCallback[], story: FitStory): Callback {
  const { model, companion, names, params } = story;
  const call = (fit: FitControl, hook: (callback: TfCallback) => unknown): Promise<void> =>
    companion.during(fit, async () => {
      for (const callback of callbacks) await hook(callback);
    });
  const tell = async (fit: FitControl, hook: (callback: TfCallback) => unknown): Promise<void> => {
    await call(fit, hook);
    if (model.stopTraining) fit.stopTraining();
  };
  const hooks: Callback = {
    name: 'callbacks of TensorFlow.js',
    onTrainBegin: async (fit) => {
      for (const callback of callbacks) {
        callback.setParams(params);
        callback.setModel(model);
      }
      await call(fit, (callback) => callback.onTrainBegin({}));
      // It is still set where the last fit was stopped.
      model.stopTraining = false;
    },
    onEpochBegin: (epoch, fit) => tell(fit, (callback) => callback.onEpochBegin(epoch, {})),
    onEpochEnd: async (epoch, logs, fit) => {
      // Whoever has the model itself, rather than what parallel returned, finds the weights there too.
      companion.give(fit.weights());
      const theirs = renamed(logs, names);
      await tell(fit, (callback) => callback.onEpochEnd(epoch, { ...theirs }));
    },
    onTrainEnd: (_, fit) => tell(fit, (callback) => callback.onTrainEnd({})),
  };
  if (!callbacks.some(watchesBatches)) return hooks;
  return {
    ...hooks,
    onBatchBegin: (batch, fit) => tell(fit, (callback) => callback.onBatchBegin(batch, {})),
    onBatchEnd: (batch, _, fit) => {
      const { rows: size, logs } = fit.lastBatch;
      return tell(fit, (callback) => callback.onBatchEnd(batch, { batch, size, ...renamed(logs, names) }));
    },
  };
}

/** Whether a callback looks at batches, for which the ranks must pause. */
function watchesBatches(callback: TfCallback): boolean {
  if (callback instanceof tfl.CustomCallback) {
    const { batchBegin, batchEnd, yield: yields } = callback as unknown as Record<string, unknown>;
    return [batchBegin, batchEnd, yields].some((hook) => hook !== undefined && hook !== null);
  }
  const { onBatchBegin, onBatchEnd } = tfl.Callback.prototype;
  return callback.onBatchBegin !== onBatchBegin || callback.onBatchEnd !== onBatchEnd;
}
