import { userError } from '../../shared/errors.js';
import { type Column, columnArray } from '../../shared/memory/dataset.js';
import type { Port, Program } from '../../shared/program/program.js';
import { sizeOf } from '../compiler/lower/description.js';
import type { LabelledData } from '../options/trainerOptions.js';
import { isPlain } from '../options/values.js';
import { columnRows, toColumn } from './columns.js';
import { isSource, sourcesFor } from './named.js';
import { openWeights, weightClasses } from './sampleWeights.js';

/** Rows of inputs and, unless only predictions are wanted, targets, in shared memory. */
export interface Dataset {
  readonly rows: number;
  readonly inputs: readonly Column[];
  readonly targets: readonly Column[];
  /** A column a target, of one weight a group; empty where no row has a weight. */
  readonly weights: readonly Column[];
  /** What is computed for rows of their lengths; default: what it was for the rows before them. */
  readonly program?: Program;
}

/** Reads labelled data for a program, with the weights of its rows and classes: at least one counts. */
export function openDataset(data: LabelledData, program: Program): Dataset {
  const dataset = openBatch(data, program);
  requireWeight(dataset, program);
  return dataset;
}

/** Reads one batch of many, of whose rows none may count. */
export function openBatch({ classWeight, ...data }: LabelledData, program: Program): Dataset {
  const dataset = openRows(data, program);
  return classWeight === undefined ? dataset : weightClasses(dataset, classWeight, program);
}

/** As `openDataset` for training and, split off its end, validation, whose classes count alike as in Keras. */
export function openAndSplit(
  { classWeight, ...data }: LabelledData,
  share: number,
  program: Program,
): [Dataset, Dataset] {
  const [rows, validation] = splitDataset(openDataset(data, program), share);
  const train = classWeight === undefined ? rows : weightClasses(rows, classWeight, program);
  requireWeight(train, program);
  return [train, validation];
}

function requireWeight({ rows, weights }: Dataset, { targets, weights: ports }: Program): void {
  const isLost = ({ unread }: Port, i: number): boolean =>
    !unread && !ports[i].signed && columnArray(weights[i]).every((weight) => weight === 0);
  if (weights.length === 0 || !targets.some(isLost)) return;
  throw userError('NO_WEIGHT', `Every one of the ${rows} rows has weight 0; give at least one a weight above 0.`);
}

function openRows({ x, y, sampleWeight }: LabelledData, program: Program): Dataset {
  const inputs = openInputs(x, program);
  const { rows } = inputs;
  const targets = openTargets(y, rows, program);
  const other = targets.find((column) => column.rows !== rows);
  if (other !== undefined) {
    throw userError('ROWS_DIFFER', `x has ${rows} rows but y has ${other.rows}; give one target a row.`);
  }
  const weights = sampleWeight === undefined ? [] : openSampleWeights(sampleWeight, rows, program);
  return { ...inputs, targets, weights };
}

function openTargets(y: unknown, rows: number, { targets, outputs }: Program): Column[] {
  const names = outputs.map(({ name }) => name);
  const sources = sourcesFor('y', y, names, unreadOf(targets, names));
  return targets.map(({ shape, type, unread }, i) => {
    if (unread) return zeros(rows);
    const name = names.length === 1 ? 'y' : `y.${names[i]}`;
    return toColumn(sources[i], { name, shape, type, ...classesOf(targets[i], outputs[i]) });
  });
}

/** The names of outputs whose targets nothing reads. */
function unreadOf(targets: readonly Port[], names: readonly string[]): Set<string> {
  return new Set(names.filter((_, i) => targets[i].unread));
}

/** Stands for targets that nothing reads. */
function zeros(rows: number): Column {
  return { type: 'float32', memory: new SharedArrayBuffer(4 * rows), byteOffset: 0, size: 1, rows, scale: 1 };
}

/** Weights for each output; those that are given alone hold for all, and one that is left out weighs nothing. */
function openSampleWeights(given: unknown, rows: number, { weights, targets, outputs }: Program): Column[] {
  const names = outputs.map(({ name }) => name);
  const unread = unreadOf(targets, names);
  const sources = isSource(given) ? names.map(() => given) : sourcesFor('sampleWeight', given, names, unread);
  return weights.map((port, i) => {
    const size = sizeOf(port.shape);
    if (targets[i].unread) return { ...zeros(rows * size), size, rows };
    return openWeights(sources[i], rows, port);
  });
}

/** Whether ranks may read memory of the caller's: typed arrays that are shared already are not copied. */
export function isBorrowed({ x, y }: Pick<LabelledData, 'x' | 'y'>): boolean {
  return [x, y].some(isShared);
}

/** A source over shared memory, or a list or record that has one. */
function isShared(source: unknown): boolean {
  if (ArrayBuffer.isView(source)) return source.buffer instanceof SharedArrayBuffer;
  if (Array.isArray(source)) return typeof source[0] === 'object' && source.some(isShared);
  return isPlain(source) && Object.values(source).some(isShared);
}

/** Reads inputs alone. */
export function openInputs(x: unknown, program: Program): Dataset {
  const names = program.inputs.map(({ name }) => name);
  const sources = sourcesFor('x', x, names);
  const inputs = program.inputs.map(({ name, buffer: _, ...need }, i) => {
    return toColumn(sources[i], { name: names.length === 1 ? 'x' : `x.${name}`, ...need });
  });
  const [{ rows }] = inputs;
  const other = inputs.findIndex((column) => column.rows !== rows);
  if (other >= 0) {
    throw userError(
      'ROWS_DIFFER',
      `x.${names[0]} has ${rows} rows but x.${names[other]} has ${inputs[other].rows}; give every input the same rows.`,
    );
  }
  return { rows, inputs, targets: [], weights: [], program };
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

function datasetRows({ inputs, targets, weights, ...others }: Dataset, from: number, to: number): Dataset {
  const part = (column: Column): Column => columnRows(column, from, to);
  return {
    ...others,
    rows: to - from,
    inputs: inputs.map(part),
    targets: targets.map(part),
    weights: weights.map(part),
  };
}

/** Class labels index the last axis of the output. */
function classesOf({ type, ignored }: Port, { shape }: Port): { classes?: number; ignored?: number } {
  if (type !== 'int32') return {};
  return { classes: shape[shape.length - 1], ...(ignored !== undefined && { ignored }) };
}
