import { userError } from '../../../shared/errors.js';
import { firstLine, reason } from '../../../shared/files.js';
import { withinBudget } from '../../../shared/tfjs/weightBudget.js';
import type { WeightedModel } from '../built.js';
import { compilationOfKeras, type StoredTensor } from '../compiled/compilation.js';
import { modelFromGraph } from '../fromGraph.js';
import { Hdf5Fault } from '../hdf5/fault.js';
import { Hdf5File } from '../hdf5/file.js';
import type { Json } from '../kerasCalls.js';
import { kerasModelIn } from '../kerasFile.js';
import { nameOfKeras, readKerasGraph } from '../kerasGraph.js';
import { parseSafely } from '../manifest.js';
import { CONFIG, KerasArchive, WEIGHTS } from './archive.js';
import { inFloat32 } from './dtypes.js';
import { groupsOfModel } from './groups.js';
import { readVariables } from './readState.js';
import { readLayerWeights } from './readWeights.js';

/** Reads a model that Keras has saved as `.keras`: its layers, their weights, what it was compiled with, and where its optimizer stood. */
export async function readKerasArchive(path: string): Promise<WeightedModel> {
  using archive = await KerasArchive.open(path);
  const { config, widened } = inFloat32(modelIn(path, await archive.text(CONFIG)), path);
  return await withinFile(path, WEIGHTS, async () => {
    const file = new Hdf5File(await archive.place(WEIGHTS));
    const graph = readKerasGraph(config);
    const built = await withinBudget(file.elements, async () => modelFromGraph(graph.graph, nameOfKeras(config)));
    const weights = readLayerWeights(file, groupsOfModel(config), graph, built.model, path);
    const compilation = compilationOfKeras(config, path, {
      order: [...weights.keys()],
      optimizerWeights: () => optimizerVariables(path),
    });
    return { ...built, weights, compilation, widened, hasWeights: true };
  });
}

/** They are read once it is known that they are needed. */
async function optimizerVariables(path: string): Promise<StoredTensor[]> {
  using archive = await KerasArchive.open(path);
  return await withinFile(path, WEIGHTS, async () => readVariables(new Hdf5File(await archive.place(WEIGHTS))));
}

/** Deeper than any config of Keras nests. */
const DEEPEST = 200;

/** What a config in a file says. */
export function parseConfig(path: string, text: string): unknown {
  try {
    const given = parseSafely(text);
    if (depthOf(given) <= DEEPEST) return given;
  } catch (error) {
    throw userError(
      'UNREADABLE_MODEL',
      `The config of ${path} is no JSON: ${firstLine(error)}; save the model again.`,
      error,
    );
  }
  throw userError('UNREADABLE_MODEL', `The config of ${path} nests more than ${DEEPEST} deep; save the model again.`);
}

/** How deep a value nests, as far as it is of interest. */
function depthOf(value: unknown): number {
  let level: unknown[] = [value];
  let depth = 0;
  for (; level.length > 0 && depth <= DEEPEST; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return depth;
}

/** The model in a config; throws for one that Python code would have to build. */
function modelIn(path: string, text: string): Json {
  const given = parseConfig(path, text);
  const model = kerasModelIn(given);
  if (model !== undefined) return model;
  const name = typeof given === 'object' && given !== null ? (given as Json).class_name : undefined;
  throw userError(
    'UNSUPPORTED_MODEL',
    `${path} holds a ${typeof name === 'string' ? name : 'model'} that is neither Sequential nor Functional, which only its Python code can build; save it in Keras as a model of layers.`,
  );
}

/** Does work on a file of HDF5; what is wrong with it becomes a sentence. */
export async function withinFile<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOfFile = error instanceof Hdf5Fault || (error instanceof Error && 'syscall' in error);
    if (!isOfFile) throw error;
    throw userError(
      'UNREADABLE_MODEL',
      `${what} of ${path} cannot be read as Keras writes it: ${reason(error)}; save the model again.`,
      error,
    );
  }
}
