import { type ArrayFile, arrayOf } from '../../../coordinator/data/arrays/arrayFile.js';
import type { StoredArray } from '../../../coordinator/data/arrays/storedArray.js';
import { listed } from '../../../coordinator/data/quoted.js';
import { suggestion } from '../../../coordinator/options/suggestion.js';
import { userError } from '../../../shared/errors.js';
import type { ArrayData, Opening } from './kind.js';
import type { Part, Role } from './parts.js';
import type { Keys } from './section.js';

/** What people call inputs and labels of a single model, the first that is there. */
const pairs = [
  ['x_train', 'y_train'],
  ['X_train', 'y_train'],
  ['train_x', 'train_y'],
  ['train_images', 'train_labels'],
  ['x', 'y'],
  ['X', 'y'],
  ['images', 'labels'],
  ['features', 'labels'],
  ['features', 'target'],
  ['data', 'target'],
  ['inputs', 'targets'],
  ['arr_0', 'arr_1'],
] as const;

/** Parts of the rows beside those of training, that which is taken first in front. */
const parts: Readonly<Record<Exclude<Role, 'train'>, readonly string[]>> = {
  validation: ['val', 'valid', 'validation', 'test'],
  other: ['test', 'val', 'valid', 'validation'],
};

/** Opens a file of arrays with names: those of the config, those of the model's inputs and outputs, or what people call them. */
export async function openNamed(
  file: ArrayFile,
  { x, y }: ArrayData & { readonly x?: Keys | undefined; readonly y?: Keys | undefined },
  { role, inputs, outputs, places }: Opening,
): Promise<Part> {
  const keys = places ?? {
    x: chosen(file, 'x', x, inputs) ?? foundInputs(file, inputs),
    y: chosen(file, 'y', y, outputs) ?? [],
  };
  const found = { ...keys, y: keys.y.length > 0 ? keys.y : foundOutputs(file, keys.x, outputs) };
  const [ofInputs, ofOutputs] = [found.x, found.y].map((names) => names.map((key) => partKey(file, key, role)));
  const arrays: StoredArray[] = [];
  for (const key of ofInputs) arrays.push(await arrayOf(file, key));
  const labelled = ofOutputs.length > 0 && ofOutputs.some((key) => file.names.includes(key));
  const labels: (StoredArray | undefined)[] = [];
  if (labelled) {
    for (const key of ofOutputs) labels.push(key === '' ? undefined : await arrayOf(file, key));
  }
  return {
    x: arrays,
    y: labelled ? labels : null,
    places: found,
    labelsWanted: `name ${outputs.length === 1 ? 'the array of labels' : 'an array for each output'} with data.y; the file has ${listed(file.names, 10)}`,
    close: () => file.close(),
  };
}

/** The names that a config gives, in the order of the model's inputs or outputs; '' for one that has none. */
function chosen(
  file: ArrayFile,
  what: 'x' | 'y',
  given: Keys | undefined,
  names: readonly string[],
): string[] | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'object' && !Array.isArray(given)) {
    const stray = Object.keys(given).find((name) => !names.includes(name));
    if (stray !== undefined) {
      const part = what === 'x' ? 'input' : 'output';
      throw userError(
        'CONFIG_CONFLICT',
        `data.${what} names ${stray}, which is no ${part} of the model; ${suggestion(stray, names)}`,
      );
    }
    return names.map((name) => given[name] ?? '');
  }
  const keys = [given].flat();
  if (keys.length === names.length) return keys;
  throw userError(
    'CONFIG_CONFLICT',
    `data.${what} names ${keys.length} arrays of ${file.path}, but the model has ${names.length}: ${names.join(', ')}; name one for each.`,
  );
}

/** The arrays that are called as the inputs, or as people call them. */
export function foundInputs(file: ArrayFile, inputs: readonly string[]): string[] {
  if (inputs.every((name) => file.names.includes(name))) return [...inputs];
  const pair = inputs.length === 1 ? pairs.find(([x]) => file.names.includes(x)) : undefined;
  if (pair !== undefined) return [pair[0]];
  const wanted =
    inputs.length === 1 ? 'x_train, x or the name of the input' : `one for each input: ${inputs.join(', ')}`;
  throw userError(
    'ARRAY_MISSING',
    `${file.path} has no array that is called ${wanted}, but ${listed(file.names, 10)}; name the arrays of the inputs with data.x.`,
  );
}

/** Those of the labels; empty where nothing is called as labels are. */
export function foundOutputs(file: ArrayFile, x: readonly string[], outputs: readonly string[]): string[] {
  if (outputs.some((name) => file.names.includes(name))) {
    return outputs.map((name) => (file.names.includes(name) ? name : ''));
  }
  if (outputs.length > 1) return [];
  const pair = pairs.find(([input, labels]) => x.includes(input) && file.names.includes(labels));
  return pair === undefined ? [] : [pair[1]];
}

/** The array of other rows: `x_train` is `x_test` there, or `x`, where such arrays are. */
function partKey(file: ArrayFile, key: string, role: Role): string {
  if (role === 'train') return key;
  const [, before = '', after = ''] = /^(?:(train_).+|.+(_train))$/.exec(key) ?? [];
  if (before === '' && after === '') return key;
  const stem = key.slice(before.length, key.length - after.length);
  const names = parts[role].map((part) => (before === '' ? `${stem}_${part}` : `${part}_${stem}`));
  return names.find((name) => file.names.includes(name)) ?? (file.names.includes(key) ? key : stem);
}
