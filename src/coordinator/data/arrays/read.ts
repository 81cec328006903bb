import { userError } from '../../../shared/errors.js';
import { givenPath } from '../../../shared/givenPath.js';
import { type ArrayFile, arrayOf } from './arrayFile.js';
import { openArrow } from './arrow.js';
import { type CifarKind, cifarClasses, openCifar } from './cifar.js';
import { isText } from './elements.js';
import { openIdx } from './idx.js';
import { openNpz } from './npz.js';
import { openNpy } from './open.js';
import { openRaw, type RawOptions } from './raw.js';
import { openSafetensors } from './safetensors.js';
import { readNumbers, readTexts, rowsOf, type StoredArray } from './storedArray.js';

/** An array as `fit`, `evaluate` and `predict` take it. */
export interface ArrayValues {
  /**
   * Float32Array for float16, bfloat16 and float32, Uint8Array for bool and uint8, Int32Array for whole numbers of up to 32 bits,
   * else Float64Array. Numbers of classes, where the array has texts.
   */
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
  /** [rows, …]; [] for a single number. */
  readonly shape: readonly number[];
  /** The texts of an array of texts, in alphabetical order: their places are the numbers of the classes. */
  readonly classes?: readonly string[];
}

/**
 * Reads an array that `np.save` wrote: of bool, whole or floating numbers of any size, in either order of bytes and axes, or texts.
 *
 * @throws LockstepError `ARRAY_TYPE` for another type, `ARRAY_NUMBER` for a whole number beyond 2^53, `ARRAY_INVALID` for a damaged
 * file, `DATA_UNREADABLE`.
 */
export async function readNpy(path: string | URL): Promise<ArrayValues> {
  return readOnly(await openNpy(givenPath(path)));
}

/**
 * Reads the arrays that `np.savez` or `np.savez_compressed` wrote, by their keywords; `names`: those to read, by default all. Errors are
 * those of `npy`, and `ARRAY_MISSING` for a name that is not there.
 */
export async function readNpz(path: string | URL, names?: readonly string[]): Promise<Record<string, ArrayValues>> {
  return readNamed(await openNpz(givenPath(path)), names);
}

/** Reads the tensors of a safetensors file, by their names; `names`: those to read, by default all. Errors are those of `npz`. */
export async function readSafetensors(
  path: string | URL,
  names?: readonly string[],
): Promise<Record<string, ArrayValues>> {
  return readNamed(await openSafetensors(givenPath(path)), names);
}

/**
 * Reads the columns of an Arrow or Feather file, packed or not, by their names; `names`: those to read, by default all. Decimals and
 * times (seconds since 1970, UTC) are float64, texts are classes, lists of one length have shape [rows, length].
 *
 * @throws LockstepError `ARRAY_MISSING_VALUE` for a missing value, `PACKAGE_MISSING` without apache-arrow, and those of `npz`.
 */
export async function readArrow(path: string | URL, names?: readonly string[]): Promise<Record<string, ArrayValues>> {
  return readNamed(await openArrow(givenPath(path)), names);
}

/** Reads an IDX file, as MNIST comes in, gzipped or not. Errors are those of `npy`. */
export async function readIdx(path: string | URL): Promise<ArrayValues> {
  return readOnly(await openIdx(givenPath(path)));
}

/** Reads numbers without a head, as `x.tofile(path)` of NumPy writes them: `shape` is that of a row. Errors are those of `npy`. */
export async function readRaw(path: string | URL, options: RawOptions): Promise<ArrayValues> {
  return readOnly(await openRaw(givenPath(path), options));
}

/** What `cifar` is asked for. */
export interface CifarOptions {
  /** Of a folder; default `train`. */
  readonly part?: 'train' | 'test';
  /** Default: what the size of the files tells. */
  readonly kind?: CifarKind;
  /** Of CIFAR-100: which of its two labels; default `fine`. */
  readonly labels?: 'fine' | 'coarse';
}

/** Pictures [rows, 32, 32, 3] of bytes, their labels [rows], and the names of the classes where they stand in the folder. */
export interface CifarValues {
  readonly x: ArrayValues;
  readonly y: ArrayValues;
}

/** Reads the binary version of CIFAR-10 or CIFAR-100: a file, or the folder of all. Errors are those of `npy`. */
export async function readCifar(
  path: string | URL,
  { part = 'train', kind, labels = 'fine' }: CifarOptions = {},
): Promise<CifarValues> {
  const place = givenPath(path);
  const file = await openCifar(place, part, kind);
  try {
    const y = file.names.includes(labels) ? labels : 'y';
    const classes = await cifarClasses(place, labels);
    const [pictures, numbers] = [await file.open('x'), await file.open(y)].map(readWhole);
    return { x: pictures, y: { ...numbers, ...(classes && { classes }) } };
  } finally {
    file.close();
  }
}

async function readOnly(file: ArrayFile): Promise<ArrayValues> {
  const { '': values } = await readNamed(file, ['']);
  return values;
}

async function readNamed(file: ArrayFile, names = file.names): Promise<Record<string, ArrayValues>> {
  try {
    const entries: [string, ArrayValues][] = [];
    for (const name of names) entries.push([name, readWhole(await arrayOf(file, name))]);
    return Object.fromEntries(entries);
  } finally {
    file.close();
  }
}

/** All numbers of an array. */
export function readWhole(array: StoredArray): ArrayValues {
  const { rows } = rowsOf(array);
  const all = { from: 0, to: rows };
  if (!isText(array.element)) return { values: readNumbers(array, all), shape: array.shape };
  if (array.shape.length > 1) throw severalTexts(array);
  const texts = readTexts(array, all);
  const classes = classesOf(texts);
  const numbers = new Map(classes.map((name, number) => [name, number]));
  return { values: Int32Array.from(texts, (text) => numbers.get(text) as number), shape: array.shape, classes };
}

/** Texts in alphabetical order, each once. */
export function classesOf(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

export function severalTexts({ name, shape }: StoredArray): Error {
  return userError(
    'ARRAY_TYPE',
    `${name} holds texts of shape [${shape.join(', ')}], but labels are one text a row, [rows].`,
  );
}
