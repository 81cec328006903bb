import type { WrittenGroup } from '../hdf5/write.js';
import { isRecord, type Json } from '../kerasCalls.js';
import { pythonJson } from './json.js';
import type { WrittenModel } from './modelConfig.js';
import { KERAS_VERSION } from './writeArchive.js';
import { placedLayers, TreeBuilder, type ValuesOf } from './writeWeights.js';

const MADE_BY = { keras_version: KERAS_VERSION, backend: 'tensorflow' };

/**
 * The tree of a model in the older form of Keras, with its layers and weights: Keras 3.15.1 cannot train on what it has read of
 * this form, so what the model is compiled with is left out.
 */
export function legacyTree(model: WrittenModel, valuesOf: ValuesOf): WrittenGroup {
  const root = new TreeBuilder();
  const layers = placedLayers(model);
  root.group('model_weights', { ...MADE_BY, layer_names: layers.map(({ name }) => name) });
  for (const { name, weights } of layers) {
    const names = weights.map((weight, i) => `${name}/${lastPart(weight.name)}_${i}`);
    const { members } = root.group(`model_weights/${name}`, { weight_names: names });
    const own = Object.fromEntries(
      weights.map(({ name: weight, shape }, i) => [names[i].split('/')[1], { shape, values: valuesOf(weight) }]),
    );
    if (weights.length > 0) members[name] = { members: own };
  }
  root.group('model_weights/top_level_model_weights', { weight_names: [] });
  const model_config = pythonJson(withoutModules(model.config));
  return { attributes: { ...MADE_BY, model_config }, members: root.tree.members };
}

const lastPart = (name: string): string => name.split('/').at(-1) ?? name;

/** In this form layers are known by their classes alone. */
function withoutModules({ module: _, registered_name: __, ...model }: Json): Json {
  const config = isRecord(model.config) ? model.config : {};
  const layers = Array.isArray(config.layers) ? config.layers.map((layer) => withoutModules(layer as Json)) : undefined;
  return { ...model, config: { ...config, ...(layers !== undefined && { layers }) } };
}
