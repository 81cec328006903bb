import type { ArrayFile } from '../../../coordinator/data/arrays/arrayFile.js';
import { arrayOf } from '../../../coordinator/data/arrays/arrayFile.js';
import { describeArray, pickColumns } from '../../../coordinator/data/arrays/storedArray.js';
import { listed } from '../../../coordinator/data/quoted.js';
import { userError } from '../../../shared/errors.js';
import { foundInputs, foundOutputs } from './named.js';
import { labelsBeside } from './siblings.js';
import { columnsOf, openLabels } from './singles.js';
import type { StarterArrays } from './starter.js';

/** What starter configs of files of arrays train on. */

const SHUFFLE = { key: 'shuffle', value: true, why: ['Rows may be sorted: they are mixed before some are set aside.'] };

/** Of a file of one array: the labels in the file beside it, or the last of its columns. */
export async function beginSingle(file: ArrayFile, label: string | undefined): Promise<StarterArrays> {
  const array = await file.open('');
  const beside = label === undefined ? await labelsBeside(file.path) : undefined;
  if (beside !== undefined) {
    const why = ['The file of labels, which lies beside that of the inputs.'];
    return { x: array, y: await openLabels(beside), places: [{ key: 'labels', path: beside, why }, SHUFFLE] };
  }
  const column = label === undefined ? 'last' : Number(label);
  if (array.shape.length !== 2 || array.shape[1] < 2 || (column !== 'last' && !Number.isInteger(column))) {
    throw userError(
      'NO_LABELS',
      `${describeArray(array)} has no labels that are known; put the file of labels beside it, such as y_train.npy for x_train.npy, or write a config with data.labels.`,
    );
  }
  const { labelColumns, width } = columnsOf(array, [column]);
  const features = Array.from({ length: width }, (_, one) => one).filter((one) => !labelColumns.includes(one));
  const why = ['The column of labels, counted from 0.'];
  return {
    x: pickColumns(array, features),
    y: pickColumns(array, labelColumns),
    places: [{ key: 'label', value: column, why }, SHUFFLE],
  };
}

/** Of a file of arrays with names: those that are called as people call inputs and labels. */
export async function beginNamed(file: ArrayFile, label: string | undefined): Promise<StarterArrays> {
  const [input] = foundInputs(file, ['input']);
  const [labels] = label === undefined ? foundOutputs(file, [input], ['output']) : [label];
  if (labels === undefined) {
    throw userError(
      'NO_LABELS',
      `${file.path} has no array that is called as labels are, but ${listed(file.names, 10)}; name one with --label.`,
    );
  }
  const others = file.names.filter((name) => name !== input && name !== labels);
  const why = [
    `The array of the inputs and that of the labels${others.length === 0 ? '' : `; not read: ${listed(others, 8)}`}.`,
  ];
  return {
    x: await arrayOf(file, input),
    y: await arrayOf(file, labels),
    places: [{ key: 'x', value: input, why }, { key: 'y', value: labels }, SHUFFLE],
  };
}

/** Of CIFAR: its pictures and labels. */
export async function beginCifar(file: ArrayFile): Promise<StarterArrays> {
  return { x: await file.open('x'), y: await file.open('y'), places: [SHUFFLE] };
}
