import { userError } from '../../shared/errors.js';
import type { ModelDescription } from '../compiler/lower/description.js';
import { modelOfKeras } from '../models/keras/modelConfig.js';
import { withHdf5 } from '../models/keras/readLegacy.js';
import { placedLayers } from '../models/keras/writeWeights.js';
import type { Weight } from '../options/trainerOptions.js';
import { readSafetensors } from './arrays/read.js';

/** Files that hold the weights of a model and nothing else. */
export const isWeightsFile = (path: string): boolean => /\.(weights\.h5|safetensors)$/.test(path);

/** Reads the weights of a model from such a file: by name from safetensors, by Keras's places from `x.weights.h5`. */
export async function readWeightsFile(path: string, model: ModelDescription): Promise<Weight[]> {
  if (path.endsWith('.safetensors')) return readNamed(path, model);
  if (path.endsWith('.weights.h5')) return readPlaced(path, model);
  throw userError(
    'INVALID_OPTION',
    `loadWeights was given ${path}; give a file that ends in .weights.h5 or .safetensors, or open a whole model with Trainer.create.`,
  );
}

async function readNamed(path: string, { layers }: ModelDescription): Promise<Weight[]> {
  const wanted = layers.flatMap(({ weights }) => weights);
  const found = await readSafetensors(path);
  return wanted.map(({ name, shape }) => {
    if (!Object.hasOwn(found, name)) throw misfit(path, `no weight ${name}, but ${listed(Object.keys(found))}`);
    requireShape(path, name, found[name].shape, shape);
    return { name, shape, values: Float32Array.from(found[name].values) };
  });
}

async function readPlaced(path: string, model: ModelDescription): Promise<Weight[]> {
  return withHdf5(path, async (file) =>
    placedLayers(modelOfKeras(model)).flatMap(({ name: layer, groups, weights }) => {
      const found = weights.length === 0 ? [] : groups.flatMap((group) => file.numbered(group));
      if (found.length < weights.length)
        throw misfit(path, `${found.length} weights in ${groups.join(', ')} for ${layer}`);
      return weights.map(({ name, shape }, i) => {
        requireShape(path, name, found[i].shape, shape);
        return { name, shape, values: file.floats(found[i]) };
      });
    }),
  );
}

function requireShape(path: string, name: string, found: readonly number[], wanted: readonly number[]): void {
  if (found.join() === wanted.join()) return;
  throw misfit(path, `shape [${found.join(', ')}] for ${name}, which has [${wanted.join(', ')}]`);
}

const listed = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;

function misfit(path: string, what: string): Error {
  return userError('WEIGHTS_MISMATCH', `${path} has ${what}; give the weights of a model of the same layers.`);
}
