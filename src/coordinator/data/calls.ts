import { userError } from '../../shared/errors.js';
import { camelCase } from '../options/casing.js';
import type { DatasetSource } from '../options/datasets.js';
import { unknownOption } from '../options/readOptions.js';
import type { ClassWeights, LabelledData, RowSource, TensorSources } from '../options/trainerOptions.js';
import { hasMethod, isRecord, show } from '../options/values.js';
import { isDatasetSource } from './datasetReader.js';
import { isSource } from './named.js';

/**
 * How calls are given data: as a record, `({ x, y }, options)`, or as TensorFlow.js has it, `(x, y, options)`; where they take a
 * dataset, `(dataset, options)`.
 */

/** The data of a call, and its options as they are. */
type Called<T> = readonly [data: T, options: unknown];

/** What labelled data are made of. */
const parts = ['x', 'y', 'sampleWeight', 'classWeight'];

/** What a table of `data.csv` says of itself beside its numbers. */
const ofTables = ['rows', 'columns', 'labels', 'classes', 'labelForm'];

/** Whether rows are to be read as training needs them. */
export function isRowSource(data: unknown): data is RowSource {
  return hasMethod(data, 'read');
}

/** Options that say which rows a batch has: the batches of a dataset are its own. */
const ofRows = ['batchSize', 'shuffle', 'validationSplit', 'sampleWeight'];

/** Of `fit`: labelled data, a source of rows, or a dataset. */
export function trainingCall(
  call: string,
  given: readonly unknown[],
): Called<LabelledData | RowSource | DatasetSource<unknown>> {
  const [first, options] = given;
  if (isDatasetSource(first)) return datasetCall(call, first, given);
  if (!isRowSource(first)) return labelledCall(call, given);
  const lost = parts.find((part) => part in first);
  if (lost === undefined) return [first, options];
  throw userError(
    'INVALID_DATA',
    `${call}: the source of rows has ${lost}, which nobody reads; return it from read, or give classWeight as an option.`,
  );
}

/** Of `evaluate`: labelled data or a dataset. */
export function evaluationCall(call: string, given: readonly unknown[]): Called<LabelledData | DatasetSource<unknown>> {
  const [first] = given;
  return isDatasetSource(first) ? datasetCall(call, first, given) : labelledCall(call, given);
}

function datasetCall<T>(call: string, dataset: T, [, options, third]: readonly unknown[]): Called<T> {
  const given = isRecord(options) ? Object.entries(options) : [];
  const lost = given.find(([name, value]) => value != null && value !== false && ofRows.includes(camelCase(name)));
  if (lost === undefined && third === undefined) return [dataset, options];
  const [name] = lost ?? ['a third argument'];
  const instead = camelCase(name) === 'sampleWeight' ? 'give batches of [x, y, sampleWeight]' : 'leave it out';
  throw userError(
    'INVALID_OPTION',
    `${call} was given ${name}, but the data are a dataset, whose batches are taken as they come; ${instead}.`,
  );
}

/** Of `trainOnBatch` and others. */
export function labelledCall(call: string, given: readonly unknown[]): Called<LabelledData> {
  const [first, second, third] = given;
  requireNoDataset(call, first);
  if (isPositional(given)) {
    if (second !== undefined) return [{ x: first, y: second } as LabelledData, third];
    throw userError('INVALID_DATA', `${call}: there are no targets; write ${call}({ x, y }).`);
  }
  return [labelled(call, first), second];
}

/** Of `predict`: inputs alone; targets beside them are not looked at. */
export function inputCall(call: string, given: readonly unknown[]): Called<TensorSources> {
  const [first, second] = given;
  requireNoDataset(call, first);
  if (!isRecord(first) || isSource(first) || !('x' in first || 'X' in first)) return [first as TensorSources, second];
  return [readParts(call, first).x as TensorSources, second];
}

/** Of `predict`, which takes a dataset too. */
export function predictionCall(
  call: string,
  given: readonly unknown[],
): Called<TensorSources | DatasetSource<unknown>> {
  const [first] = given;
  return isDatasetSource(first) ? datasetCall(call, first, given) : inputCall(call, given);
}

/** What `validationData` is: labelled data, or `[x, y]` or `[x, y, sampleWeight]`. */
export function labelled(call: string, given: unknown): LabelledData {
  requireNoDataset(call, given);
  if (Array.isArray(given) && (given.length === 2 || given.length === 3)) {
    const [x, y, sampleWeight] = given;
    return { x, y, ...(sampleWeight !== undefined && { sampleWeight }) };
  }
  if (isRecord(given) && !isSource(given)) return readParts(call, given) as unknown as LabelledData;
  const found = given === undefined ? 'nothing' : show(given);
  throw userError('INVALID_DATA', `${call}: the data are ${found}; give { x, y }.`);
}

/** An element of a dataset as labelled data: `{ xs, ys }` are TensorFlow.js's names. */
export function labelledElement(element: unknown): LabelledData {
  return labelled('the batch', renamed(element));
}

/**
 * The inputs in an element of a dataset: alone, in a record, or the first of a list. `axes`: how many a batch of the first
 * input has, as a list of lists of numbers may be inputs or have them.
 */
export function elementInputs(element: unknown, axes: number): TensorSources {
  const areInputs = !Array.isArray(element) || isSource(element) || depthOf(element) === axes;
  return areInputs ? inputCall('the batch', [renamed(element)])[0] : (element[0] as TensorSources);
}

/** The levels of nested lists of numbers; NaN where other data lie within. */
function depthOf(nested: unknown): number {
  if (Array.isArray(nested)) return 1 + depthOf(nested[0]);
  return typeof nested === 'number' ? 0 : Number.NaN;
}

function renamed(element: unknown): unknown {
  if (!isRecord(element) || isSource(element) || !('xs' in element)) return element;
  const { xs, ys, ...rest } = element;
  return { x: xs, y: ys, ...rest };
}

/** Weights that are options of a call, beside its data. */
interface GivenWeights {
  readonly sampleWeight?: unknown;
  readonly classWeight?: ClassWeights | undefined;
}

/** The data with them; those of a dataset are weighed batch by batch. */
export function weighted<T extends LabelledData | RowSource>(
  call: string,
  data: T,
  { sampleWeight, classWeight }: GivenWeights,
): T {
  const added = Object.entries({ sampleWeight, classWeight }).filter(([, weights]) => weights !== undefined);
  const twice = added.find(([name]) => (data as unknown as Record<string, unknown>)[name] !== undefined);
  if (twice !== undefined) {
    throw userError('INVALID_OPTION', `${call}: ${twice[0]} stands in the data and in the options; keep one of them.`);
  }
  if (!isRowSource(data)) return { ...data, ...Object.fromEntries(added) };
  if (sampleWeight !== undefined) {
    throw userError(
      'INVALID_OPTION',
      `${call}: sampleWeight is an option, but the data are a source that is read while training; return sampleWeight from read.`,
    );
  }
  if (classWeight === undefined) return data;
  const weigh: RowSource['read'] = async (rows, pass) => ({ ...(await data.read(rows, pass)), classWeight });
  return { rows: data.rows, read: weigh, close: () => data.close?.() } as RowSource as T;
}

/** Whether x and y are given one after the other: numbers stand where the record of both would. */
function isPositional([first, second, third]: readonly unknown[]): boolean {
  if (isSource(first) || Array.isArray(first)) return true;
  const isOther = isSource(second) || Array.isArray(second) || third !== undefined;
  return isOther && isRecord(first) && !('x' in first && 'y' in first);
}

/** The parts of a record of data under their names; one of another name is refused. */
function readParts(call: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const unknown = Object.keys(given).find((key) => !parts.includes(camelCase(key)) && !ofTables.includes(key));
  if (unknown !== undefined) throw unknownOption(`${call}: the record of data`, unknown, parts);
  const read = parts.map((part) => {
    const key = part in given ? part : (Object.keys(given).find((own) => camelCase(own) === part) ?? part);
    return [part, given[key] ?? undefined] as const;
  });
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

function requireNoDataset(call: string, given: unknown): void {
  if (!isDatasetSource(given)) return;
  throw userError(
    'INVALID_DATA',
    `${call} was given a dataset (${show(given)}), but takes rows that are in memory; give { x, y } with them.`,
  );
}
