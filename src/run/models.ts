import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isWeightsFile } from '../coordinator/data/weightFiles.js';
import { hasMethod, show } from '../coordinator/options/values.js';
import { Trainer } from '../coordinator/trainer.js';
import { LockstepError, userError } from '../shared/errors.js';
import { givenPath } from '../shared/givenPath.js';

export interface ReadModelOptions {
  /** For a file of weights alone: the file of the model that they are of. */
  readonly model?: string | URL;
  /** Paths or file URLs of modules that register layers of your own. */
  readonly modules?: readonly (string | URL)[];
}

/** What stands in for what a model was not compiled with, where it is only read and written. */
const UNTRAINED = { optimizer: 'sgd', loss: 'meanSquaredError', metrics: [] } as const;

/** A model from a file, with all that the file says of its training, and whether it says anything. */
export async function openModelFile(
  path: string,
  { model, modules = [] }: ReadModelOptions = {},
): Promise<{ trainer: Trainer; isCompiled: boolean }> {
  const options = { workers: 1, modules, onEvent: () => {} } as const;
  if (!isWeightsFile(path)) return openWhole(path, options);
  if (model === undefined) {
    throw userError(
      'MISSING_OPTION',
      `${path} holds weights alone; give the model that they are of: --model, or the option model.`,
    );
  }
  const { trainer } = await openWhole(givenPath(model), options);
  try {
    await trainer.loadWeights(path);
    return { trainer, isCompiled: false };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

type OpenOptions = { readonly workers: 1; readonly modules: readonly (string | URL)[]; readonly onEvent: () => void };

async function openWhole(path: string, options: OpenOptions): Promise<{ trainer: Trainer; isCompiled: boolean }> {
  try {
    return { trainer: await Trainer.create(path, options), isCompiled: true };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'MISSING_OPTION') throw error;
    return { trainer: await Trainer.create(path, { ...options, ...UNTRAINED }), isCompiled: false };
  }
}

/**
 * Reads a model from a file of any format that there is (docs/model-files.md): a tf.LayersModel with its weights, not compiled.
 * Whoever asked for it disposes of it.
 *
 * @throws LockstepError `UNREADABLE_MODEL`, `INVALID_MODEL`, `UNSUPPORTED_MODEL`; `MISSING_OPTION` for weights without a model.
 */
export async function read(path: string | URL, options?: ReadModelOptions): Promise<LayersModel> {
  const { trainer } = await openModelFile(givenPath(path), options);
  await using _ = trainer;
  return await trainer.toLayersModel();
}

/**
 * Writes a model to a file, in the format that the path tells (docs/model-files.md). A trainer's goes as `trainer.save` writes it;
 * of a tf.LayersModel the layers and the weights.
 *
 * @throws LockstepError `INVALID_MODEL`, `MODEL_UNWRITABLE`, `NOT_IN_KERAS`.
 */
export async function write(path: string | URL, model: LayersModel | Trainer): Promise<void> {
  if (model instanceof Trainer) return model.save(path);
  if (!hasMethod(model, 'getClassName')) {
    throw userError('INVALID_MODEL', `models.write was given ${show(model)}; give a tf.LayersModel or a trainer.`);
  }
  await using trainer = await Trainer.create(model as LayersModel, { workers: 1, ...UNTRAINED });
  await trainer.save(path, { includeOptimizer: false });
}
