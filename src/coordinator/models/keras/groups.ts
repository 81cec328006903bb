import { classOf, configOf, isOperation, isRecord, type Json } from '../kerasCalls.js';
import { isEntrance } from '../kerasConfig.js';

/** Where Keras stores the weights of a layer: groups of a file, each of which holds `vars/0`, `vars/1`, …, in order. */
export interface LayerGroups {
  readonly layer: Json;
  readonly groups: readonly string[];
}

/**
 * The layers of a model that Keras has serialised, those of models within it too, in the order of its `layers`, with their places.
 * A layer is found by its class and by how many of the class came before it, not by its name.
 */
export function groupsOfModel(model: Json, path = ''): LayerGroups[] {
  const names = new GroupNames();
  const layers = configOf(model).layers as readonly Json[];
  const isSequential = classOf(model) === 'Sequential';
  return layers.flatMap((layer, position) => {
    // Operations are no layers; of a Sequential model the input is none either.
    if (isOperation(layer) || (isSequential && position === 0 && isEntrance(classOf(layer)))) return [];
    const own = `${path}layers/${names.next(classOf(layer))}`;
    return isModel(layer)
      ? groupsOfModel(layer, `${own}/`)
      : [{ layer, groups: groupsOfLayer(layer).map((one) => `${own}/${one}`) }];
  });
}

const isModel = (layer: Json): boolean => Array.isArray(configOf(layer).layers);

/** Names of groups: a class in snake case, with a number where it comes again. */
class GroupNames {
  readonly #counts = new Map<string, number>();

  next(type: string): string {
    const base = snakeCaseOfKeras(type);
    const count = this.#counts.get(base) ?? 0;
    this.#counts.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }
}

/** As `to_snake_case` of keras/src/utils/naming.py. */
export function snakeCaseOfKeras(name: string): string {
  return name
    .replace(/^.*>/, '')
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The groups of a layer beneath its own; a layer's weights are spread over them evenly. */
export function groupsOfLayer(layer: Json): string[] {
  const type = classOf(layer);
  const beneath = (key: string): string[] => {
    const inner = configOf(layer)[key];
    return isRecord(inner) ? groupsOfLayer(inner) : ['vars'];
  };
  if (recurrent.has(type)) return ['cell/vars'];
  if (type === 'TimeDistributed') return beneath('layer').map((group) => `layer/${group}`);
  if (type === 'Bidirectional') {
    return ['forward_layer', 'backward_layer'].flatMap((side) => beneath('layer').map((group) => `${side}/${group}`));
  }
  if (type === 'MultiHeadAttention') return ['query', 'key', 'value', 'output'].map((part) => `${part}_dense/vars`);
  return ['vars'];
}

const recurrent: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'SimpleRNN']);
