import { userError } from '../../shared/errors.js';
import type { Column } from '../../shared/memory/dataset.js';
import type { Port, Program } from '../../shared/program/program.js';
import type { DataSource, LabelledData, TensorSources } from '../options/trainerOptions.js';
import { columnRows, toColumn } from './columns.js';
import { sourcesFor } from './named.js';
import { openWeights, weightClasses } from './sampleWeights.js';

/** Rows of inputs and, unless only predictions are wanted, targets, in shared memory. */
export interface Dataset {
  readonly rows: number;
  readonly inputs: readonly Column[];
  readonly targets: readonly Column[];
  /** A column a target, of one weight a group; empty where no row has a weight. */
  readonly weights: readonly Column[];
}

/** Reads labelled data for a program, with the weights of its rows and classes. */
export async function openDataset({ classWeight, ...data }: LabelledData, program: Program): Promise<Dataset> {
  const dataset = await openRows(data, program);
  return classWeight === undefined ? dataset : weightClasses(dataset, classWeight, program);
}

/** The same for training and, split off its end, validation, whose classes count alike as in Keras. */
export async function openAndSplit(
  { classWeight, ...data }: LabelledData,
  share: number,
  program: Program,
): Promise<[Dataset, Dataset]> {
  const [train, validation] = splitDataset(await openRows(data, program), share);
  return [classWeight === undefined ? train : weightClasses(train, classWeight, program), validation];
}

async function openRows({ x, y, sampleWeight }: LabelledData, program: Program): Promise<Dataset> {
  const inputs = await openInputs(x, program);
  const targets = await openTargets(y, program);
  const { rows } = inputs;
  const other = targets.find((column) => column.rows !== rows);
  if (other !== undefined) {
    throw userError('ROWS_DIFFER', `x has ${rows} rows but y has ${other.rows}; give one target a row.`);
  }
  const weights = sampleWeight === undefined ? [] : await openSampleWeights(sampleWeight, rows, program);
  return { ...inputs, targets, weights };
}

async function openTargets(y: TensorSources, { targets, outputs }: Program): Promise<Column[]> {
  const names = outputs.map(({ name }) => name);
  const sources = sourcesFor('y', y, names);
  return Promise.all(
    targets.map(({ shape, type }, i) => {
      const name = names.length === 1 ? 'y' : `y.${names[i]}`;
      return toColumn(sources[i], { name, shape, type, ...classesOf(targets[i], outputs[i]) });
    }),
  );
}

/** Weights for each output; those that are given alone hold for all. */
async function openSampleWeights(given: TensorSources, rows: number, { weights, outputs }: Program): Promise<Column[]> {
  const names = outputs.map(({ name }) => name);
  const isAlone = isSource(given);
  const sources = isAlone ? names.map(() => given) : sourcesFor('sampleWeight', given, names);
  return Promise.all(weights.map((port, i) => openWeights(sources[i], rows, port)));
}

/** Whether numbers are given, not a list or a record of them. */
function isSource(given: TensorSources): given is DataSource {
  if (Array.isArray(given)) return typeof given[0] === 'number';
  if (typeof given !== 'object' || given === null) return true;
  return ArrayBuffer.isView(given) || 'data' in given || ('values' in given && 'shape' in given);
}

/** Whether ranks may read memory of the caller's: typed arrays that are shared already are not copied. */
export function isBorrowed({ x, y }: Pick<LabelledData, 'x' | 'y'>): boolean {
  return [x, y].some(isShared);
}

/** A source over shared memory, or a list or record that has one. */
function isShared(source: unknown): boolean {
  if (ArrayBuffer.isView(source)) return source.buffer instanceof SharedArrayBuffer;
  if (Array.isArray(source)) return typeof source[0] === 'object' && source.some(isShared);
  const isRecord = typeof source === 'object' && source !== null;
  return isRecord && Object.getPrototypeOf(source) === Object.prototype && Object.values(source).some(isShared);
}

/** Reads inputs alone. */
export async function openInputs(x: TensorSources, program: Program): Promise<Dataset> {
  const names = program.inputs.map(({ name }) => name);
  const sources = sourcesFor('x', x, names);
  const inputs = await Promise.all(
    program.inputs.map(({ name, buffer: _, ...need }, i) => {
      return toColumn(sources[i], { name: names.length === 1 ? 'x' : `x.${name}`, ...need });
    }),
  );
  const [{ rows }] = inputs;
  const other = inputs.findIndex((column) => column.rows !== rows);
  if (other >= 0) {
    throw userError(
      'ROWS_DIFFER',
      `x.${names[0]} has ${rows} rows but x.${names[other]} has ${inputs[other].rows}; give every input the same rows.`,
    );
  }
  return { rows, inputs, targets: [], weights: [] };
}

/** The first and the last rows of a dataset, as Keras splits validation data off: before any shuffling. */
function splitDataset(dataset: Dataset, share: number): [Dataset, Dataset] {
  const at = Math.floor(dataset.rows * (1 - share));
  if (at === 0 || at === dataset.rows) {
    throw userError(
      'EMPTY_SPLIT',
      `validationSplit ${share} of ${dataset.rows} rows leaves ${at} rows to train and ${dataset.rows - at} to validate; both need at least one.`,
    );
  }
  return [datasetRows(dataset, 0, at), datasetRows(dataset, at, dataset.rows)];
}

function datasetRows({ inputs, targets, weights }: Dataset, from: number, to: number): Dataset {
  const part = (column: Column): Column => columnRows(column, from, to);
  return { rows: to - from, inputs: inputs.map(part), targets: targets.map(part), weights: weights.map(part) };
}

/** Class labels index the last axis of the output. */
function classesOf({ type }: Port, { shape }: Port): { classes?: number } {
  return type === 'int32' ? { classes: shape[shape.length - 1] } : {};
}
