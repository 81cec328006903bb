import { userError } from '../../../shared/errors.js';
import { givenPath, isUrl } from '../../../shared/givenPath.js';
import type { DataSource, LabelledData, RowSource, TensorSources } from '../../options/trainerOptions.js';
import { isPlain, show } from '../../options/values.js';
import { arrayOf } from './arrayFile.js';
import { openArrays } from './open.js';
import {
  countOf,
  describeArray,
  type Rows,
  readNumbers,
  requireNumbers,
  rowsOf,
  type StoredArray,
} from './storedArray.js';
import { storedRows } from './storedRows.js';

/** An array in a file: of a file of one array its path, else the path and the name of the array. */
export type ArrayPlace = string | URL | { readonly file: string | URL; readonly array: string };

/** The arrays of a model's inputs or outputs: one, a list in their order, or a record by their names. */
export type ArrayPlaces = ArrayPlace | readonly ArrayPlace[] | Readonly<Record<string, ArrayPlace>>;

/**
 * Rows of arrays in files (NPY, NPZ, IDX, safetensors) as `fit` takes them, where memory does not hold them. Of inputs that are
 * float32 or bytes, and neither packed nor in Fortran order, the ranks read the rows of each batch themselves, and only `y` is in
 * memory; else rows are a source. The bits are those of the same rows in memory. A value that is not finite is found when its batch is
 * read.
 *
 * @throws LockstepError `ROWS_DIFFER` where they have not the same number of rows, and those of `npz`.
 */
export async function openRows(given: {
  readonly x: ArrayPlaces;
  readonly y: ArrayPlaces;
}): Promise<(LabelledData & { readonly rows: number }) | RowSource> {
  const [x, y] = [await openPlaces(given.x), await openPlaces(given.y)];
  const [first, ...others] = [x, y].flatMap((arrays) => [...arrays.values()]);
  const { rows } = rowsOf(first);
  const other = others.find((array) => rowsOf(array).rows !== rows);
  if (other !== undefined) {
    throw userError(
      'ROWS_DIFFER',
      `${describeArray(first)} and ${describeArray(other)} differ in their number of rows; give each row all of its values.`,
    );
  }
  const all = { from: 0, to: rows };
  const stored = new Map([...x].map(([name, array]) => [name, storedRows(array, rowsOf(array).row, all, 1)]));
  if ([...stored.values()].every((one) => one !== undefined)) {
    return { rows, x: together([...stored]) as TensorSources, y: read(y, all) };
  }
  return { rows, read: (numbers) => ({ x: read(x, numbers), y: read(y, numbers) }) };
}

function read(arrays: Opened, rows: Rows): TensorSources {
  return together([...arrays].map(([name, array]) => [name, sourceOf(array, rows)])) as TensorSources;
}

/** As they were given: one, a list or a record. */
function together(sources: readonly (readonly [string | number, unknown])[]): unknown {
  if (typeof sources[0][0] === 'string') return Object.fromEntries(sources);
  return sources.length === 1 ? sources[0][1] : sources.map(([, source]) => source);
}

/** Arrays by their names, or by their numbers in a list. */
type Opened = ReadonlyMap<string | number, StoredArray>;

async function openPlaces(given: ArrayPlaces): Promise<Opened> {
  const isOne = isPlace(given);
  const places: [string | number, ArrayPlace][] = isOne
    ? [[0, given]]
    : Array.isArray(given)
      ? given.map((place, i) => [i, place])
      : Object.entries(given as Readonly<Record<string, ArrayPlace>>);
  const opened = new Map<string | number, StoredArray>();
  for (const [name, place] of places) opened.set(name, await openPlace(place));
  return opened;
}

function isPlace(given: ArrayPlaces): given is ArrayPlace {
  if (typeof given === 'string' || isUrl(given)) return true;
  return isPlain(given) && typeof given.array === 'string' && 'file' in given;
}

async function openPlace(place: ArrayPlace): Promise<StoredArray> {
  if (!isPlace(place)) {
    throw userError('INVALID_DATA', `An array is to be the path of a file, or { file, array }, not ${show(place)}.`);
  }
  const path = typeof place === 'string' || isUrl(place) ? place : (place as { file: string | URL }).file;
  const file = await openArrays(givenPath(path));
  const name = isPlain(place) ? String(place.array) : file.names.length === 1 ? file.names[0] : '';
  const array = await arrayOf(file, name);
  requireNumbers(array);
  return array;
}

function sourceOf(array: StoredArray, rows: Rows): DataSource {
  return { values: readNumbers(array, rows), shape: [countOf(rows), ...rowsOf(array).row] };
}
