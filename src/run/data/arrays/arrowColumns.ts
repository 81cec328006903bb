import type { ArrayFile } from '../../../coordinator/data/arrays/arrayFile.js';
import { BETWEEN_COLUMNS } from '../../../coordinator/data/arrays/arrow.js';
import { userError } from '../../../shared/errors.js';
import type { ArrayData, Opening } from './kind.js';
import type { Part } from './parts.js';
import type { StarterArrays } from './starter.js';

/** What people call the column to predict; else it is the last. */
const LABELS = ['label', 'labels', 'target', 'y', 'class'];

/** Opens columns of a table: those to predict as labels, and all others, or those that are chosen, as features. */
export async function openColumns(
  file: ArrayFile,
  { x, y }: ArrayData & { readonly x?: string | readonly string[]; readonly y?: string | readonly string[] },
  { inputs, outputs, places }: Opening,
): Promise<Part> {
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw userError(
      'SEVERAL_TENSORS',
      `${file.path} is a table, but the model has ${inputs.length} inputs and ${outputs.length} outputs; give a model of one each.`,
    );
  }
  const labels = y === undefined ? [labelOf(file)] : [y].flat();
  const features = x === undefined ? file.names.filter((name) => !labels.includes(name)) : [x].flat();
  const found = places ?? { x: [features.join(BETWEEN_COLUMNS)], y: [labels.join(BETWEEN_COLUMNS)] };
  const isLabelled = found.y[0].split(BETWEEN_COLUMNS).every((name) => file.names.includes(name));
  return {
    x: [await file.open(found.x[0])],
    y: isLabelled ? [await file.open(found.y[0])] : null,
    places: found,
    labelsWanted: `add the column ${found.y[0]}, or use predict, which needs none`,
    close: () => file.close(),
  };
}

function labelOf({ names }: ArrayFile): string {
  return LABELS.find((name) => names.includes(name)) ?? names[names.length - 1];
}

/** What a starter config trains on: all columns but the label. */
export async function beginColumns(file: ArrayFile, label: string | undefined): Promise<StarterArrays> {
  const labels = label?.split(',').map((name) => name.trim()) ?? [labelOf(file)];
  const features = file.names.filter((name) => !labels.includes(name));
  const why = ['The columns to predict. All others are features, where data.x does not choose some.'];
  return {
    x: await file.open(features.join(BETWEEN_COLUMNS)),
    y: await file.open(labels.join(BETWEEN_COLUMNS)),
    places: [
      { key: 'y', value: labels.length === 1 ? labels[0] : labels, why },
      { key: 'shuffle', value: true, why: ['Rows may be sorted: they are mixed before some are set aside.'] },
    ],
  };
}
