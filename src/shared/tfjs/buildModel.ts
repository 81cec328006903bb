import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../errors.js';
import { firstLine } from '../files.js';
import './activations.js';
import { checkGraph } from './graphCheck.js';
import './layers/index.js';
import { tfc, tfl } from './tfjs.js';
import { withinBudget } from './weightBudget.js';
import { withZeroInitializers } from './withheld.js';

type ModelArtifacts = Parameters<typeof tfc.io.fromMemory>[0] extends infer A ? Exclude<A, string> : never;

/** A topology as TensorFlow.js serialises it. */
export type Topology = Record<string, unknown>;

/** Builds a model from its topology alone; its weights are zeros, and more than `elements` are refused. */
export async function modelFromTopology(topology: Topology, elements = Number.POSITIVE_INFINITY): Promise<LayersModel> {
  return withinBudget(elements, () => buildModel(topology, {}, 'the stored topology'));
}

/** Builds a model by TensorFlow.js; `source` is for messages. Without weights they are zeros. */
export async function buildModel(topology: Topology, weights: object, source: string): Promise<LayersModel> {
  try {
    checkGraph(topology);
    const artifacts = { modelTopology: withZeroInitializers(topology), ...weights } as ModelArtifacts;
    return await tfl.loadLayersModel(tfc.io.fromMemory(artifacts));
  } catch (error) {
    throw userError(
      'INVALID_MODEL',
      `${source} does not hold a layers model that can be built: ${firstLine(error)}`,
      error,
    );
  }
}
