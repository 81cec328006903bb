import type { layers as Layers, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { tfc, tfl } from '../../src/coordinator/models/tfjs.js';
import { LockstepError } from '../../src/index.js';
import type { Node } from './cases.js';

type Layer = Layers.Layer;

/** A functional model of TensorFlow.js with the given weights; `weightsOf` gives those of a layer, in its order. */
export function functionalModel(
  nodes: readonly Node[],
  outputs: readonly string[],
  weightsOf: (layer: string) => readonly Float32Array[],
): LayersModel {
  const tensors = new Map<string, SymbolicTensor>();
  const layers = new Map<string, Layer>();
  const tensorsOf = (names: readonly string[]) => names.map((name) => tensors.get(name) as SymbolicTensor);
  for (const node of nodes) {
    if (node.type === 'Input') {
      tensors.set(node.name, tfl.input({ name: node.name, shape: node.args?.shape as number[] }));
      continue;
    }
    const layer = layers.get(node.shared ?? '') ?? createLayer(node);
    if (node.shared === undefined) layers.set(node.name, layer);
    const sources = tensorsOf(node.inputs ?? []);
    tensors.set(node.name, layer.apply(sources.length > 1 ? sources : sources[0]) as SymbolicTensor);
  }
  for (const [name, layer] of layers) {
    const shapes = layer.weights.map(({ shape }) => shape as number[]);
    layer.setWeights(weightsOf(name).map((values, i) => tfc.tensor(values, shapes[i])));
  }
  const inputs = nodes.filter(({ type }) => type === 'Input').map(({ name }) => name);
  return tfl.model({ inputs: tensorsOf(inputs), outputs: tensorsOf(outputs) });
}

/** A layer of TensorFlow.js; its weights are zeros until they are set, as drawing some of them needs more of tfjs. */
function createLayer({ name, type = '', args }: Node): Layer {
  const factories = tfl.layers as unknown as Record<string, (args: object) => Layer>;
  const factory = Object.keys(factories).find((key) => key.toLowerCase() === type.toLowerCase());
  const given = { name, kernelInitializer: 'zeros', recurrentInitializer: 'zeros', ...args };
  if (factory !== undefined) return factories[factory](given);
  const registered = tfc.serialization.SerializationMap.getMap().classNameMap[type];
  if (registered !== undefined)
    return registered[1](registered[0], given as tfc.serialization.ConfigDict) as unknown as Layer;
  throw new LockstepError('UNSUPPORTED_LAYER', `TensorFlow.js has no layer ${type}.`);
}
