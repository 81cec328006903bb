import type { Parameter } from '../../../shared/program/parameter.js';
import type { LayerDescription } from '../../compiler/lower/description.js';
import type { WrittenGroup, WrittenTensor } from '../hdf5/write.js';
import { nameOf } from '../kerasCalls.js';
import type { LayerGroups } from './groups.js';
import { groupsOfModel } from './groups.js';
import type { WrittenModel } from './modelConfig.js';
import { type WrittenState, writeVariables } from './writeState.js';

/** Values of a model's weights by their names. */
export type ValuesOf = (name: string) => Float32Array;

/** A layer of a written model, with its weights in Keras's order. */
export interface PlacedLayer extends LayerGroups {
  readonly name: string;
  readonly weights: LayerDescription['weights'];
}

/** The layers of a model that is written, in Keras's order. */
export function placedLayers({ config, layerOf }: WrittenModel): PlacedLayer[] {
  return groupsOfModel(config).map(({ layer, groups }) => {
    const name = nameOf(layer);
    return { layer, groups, name, weights: layerOf(name)?.weights ?? [] };
  });
}

/** The tree of a file of weights, with the variables of the optimizer where there is a state. */
export function weightsTree(
  model: WrittenModel,
  valuesOf: ValuesOf,
  training?: { readonly state: WrittenState; readonly trained: readonly Parameter[] },
): WrittenGroup {
  const layers = placedLayers(model);
  const root = new TreeBuilder();
  for (const layer of layers) addLayer(root, layer, valuesOf);
  root.group('vars', {});
  if (training === undefined) return root.tree;
  const byName = new Map(training.trained.map((weight) => [weight.name, weight]));
  const inOrder = layers.flatMap(({ weights }) => weights.flatMap(({ name }) => byName.get(name) ?? []));
  root.tensors('optimizer/vars', writeVariables(training.state, inOrder));
  return root.tree;
}

function addLayer(root: TreeBuilder, { layer, groups, name, weights }: PlacedLayer, valuesOf: ValuesOf): void {
  const own = weights.map(({ name: weight, shape }): WrittenTensor => ({ shape, values: valuesOf(weight) }));
  // Keras's Normalization counts what it was adapted to.
  if (layer.class_name === 'Normalization' && own.length > 0) own.push({ shape: [], values: BigInt64Array.of(0n) });
  const each = own.length / groups.length;
  for (const [i, group] of groups.entries()) root.tensors(group, own.slice(i * each, (i + 1) * each), { name });
}

interface OpenGroup extends WrittenGroup {
  readonly members: Record<string, WrittenGroup | WrittenTensor>;
}

/** Puts groups at their paths. */
export class TreeBuilder {
  readonly tree: OpenGroup = { members: {} };

  group(path: string, attributes: Readonly<Record<string, string | readonly string[]>>): OpenGroup {
    const names = path.split('/');
    return names.reduce((group, name, i) => {
      const known = group.members[name] as OpenGroup | undefined;
      const isLast = i === names.length - 1;
      const own = { attributes: isLast ? attributes : {}, members: known?.members ?? {} };
      if (known === undefined || isLast) group.members[name] = own;
      return group.members[name] as OpenGroup;
    }, this.tree);
  }

  /** Tensors as the datasets `0`, `1`, … of a group. */
  tensors(path: string, tensors: readonly WrittenTensor[], attributes = {}): void {
    const { members } = this.group(path, attributes);
    for (const [i, tensor] of tensors.entries()) members[i] = tensor;
  }
}
