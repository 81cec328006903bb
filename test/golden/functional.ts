import type { layers as Layers, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { createLayer as createConfigured, LayerNames } from '../../src/coordinator/models/fromLayers.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
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
    const made = layer.apply(sources.length > 1 ? sources : sources[0]) as SymbolicTensor | SymbolicTensor[];
    [made].flat().forEach((tensor, i) => {
      tensors.set(i === 0 ? node.name : `${node.name}:${i}`, tensor);
    });
  }
  for (const [name, layer] of layers) {
    const shapes = layer.weights.map(({ shape }) => shape as number[]);
    layer.setWeights(weightsOf(name).map((values, i) => tfc.tensor(values, shapes[i])));
  }
  const inputs = nodes.filter(({ type }) => type === 'Input').map(({ name }) => name);
  return tfl.model({ inputs: tensorsOf(inputs), outputs: tensorsOf(outputs) });
}

/** A layer as layer configs make it, with Keras's defaults. */
function createLayer({ name, type = '', args }: Node): Layer {
  const place = { index: 0, names: new LayerNames(), initializers: new Map() };
  return createConfigured({ type, name, ...args }, type, place);
}
