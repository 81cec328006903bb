import { readFile } from 'node:fs/promises';
import type { Data, DataType, Vector } from 'apache-arrow';
import { LockstepError, userError } from '../../../shared/errors.js';
import { firstLine, sizeOfFile } from '../../../shared/files.js';
import { harmless, listed, named, quoted } from '../quoted.js';
import type { ArrayFile } from './arrayFile.js';
import { type Arrow, loadArrow } from './arrowCodecs.js';
import { heldBytes, unreadable } from './byteSources.js';
import { type Element, numberElement } from './elements.js';
import { stacked } from './stacked.js';
import type { StoredArray } from './storedArray.js';

/** How the names of several columns stand in the name of the array of all. */
export const BETWEEN_COLUMNS = ', ';

/**
 * Opens an Arrow file (Feather version 2) or stream, packed or not: its columns are arrays. Numbers are read as they are, decimals and
 * times (as seconds since 1970, UTC) as float64, texts and dictionaries of texts as texts, lists of one length as [rows, length].
 * Several columns of numbers with commas between are one array, [rows, columns].
 */
export async function openArrow(path: string): Promise<ArrayFile> {
  const arrow = await loadArrow();
  const bytes = await bytesOf(path);
  try {
    const table = arrow.tableFromIPC(bytes);
    const names = table.schema.fields.map(({ name }) => name);
    const open = (name: string): StoredArray => {
      const column = names.includes(name) ? table.getChild(name) : null;
      if (column === null) return stacked(path, name, partsOf(path, name, names).map(open));
      return arrayOf(arrow, `${name} of ${path}`, column);
    };
    return {
      path,
      names,
      open: async (name) => guarded(path, () => open(name)),
      close: () => {},
    };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The columns in the name of an array of several. */
function partsOf(path: string, name: string, names: readonly string[]): string[] {
  const parts = name.split(BETWEEN_COLUMNS);
  const stray = parts.find((part) => !names.includes(part));
  if (stray === undefined && parts.length > 1) return parts;
  throw userError(
    'ARRAY_MISSING',
    `${path} has no column ${named(stray ?? name)}, but ${listed(names, 10)}; name one of them.`,
  );
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    await sizeOfFile(path);
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  return userError(
    'ARRAY_INVALID',
    `${path} cannot be read as an Arrow file: ${harmless(firstLine(error))}; write it with pyarrow.feather.write_feather.`,
    error,
  );
}

/** A column in memory. A value that is missing is refused: what to put in its place is for whoever has the data to say. */
function arrayOf(arrow: Arrow, name: string, column: Vector): StoredArray {
  const { type, length } = column;
  for (const data of column.data) requireWhole(name, data);
  const { nullCount } = column;
  if (nullCount > 0) throw missing(name, nullCount, firstNull(column));
  const { DataType: kinds } = arrow;
  if (kinds.isFixedSizeList(type)) {
    const [{ type: inner }] = type.children;
    const children = column.data.map((data) => data.children[0]);
    const nulls = children.reduce((sum, child) => sum + child.nullCount, 0);
    if (nulls > 0) throw missing(name, nulls, 0);
    const array = held(name, numbersOf(arrow, name, inner, children));
    if (array.shape[0] !== length * type.listSize) throw new Error(`the lists of ${name} are not all there`);
    return { ...array, shape: [length, type.listSize], runs: [{ rows: length, offset: 0 }] };
  }
  if (kinds.isUtf8(type) || kinds.isLargeUtf8(type) || (kinds.isDictionary(type) && kinds.isUtf8(type.dictionary))) {
    return held(name, texts(Array.from({ length }, (_, row) => String(column.get(row)))));
  }
  return held(name, numbersOf(arrow, name, type, column.data));
}

/** A damaged file may say that it has any number of rows: those that its bytes cannot hold are refused before any is looked at. */
function requireWhole(name: string, data: Data): void {
  const { type, length, offset } = data;
  const { values, valueOffsets, children } = data as Data & {
    readonly values?: { readonly length: number };
    readonly valueOffsets?: { readonly length: number };
  };
  const end = offset + length;
  const size = (type as { readonly listSize?: number }).listSize;
  const bits = (type as { readonly bitWidth?: number }).bitWidth;
  const isBits = String(type) === 'Bool';
  const holds =
    size !== undefined
      ? children[0] !== undefined && children[0].length >= end * size
      : valueOffsets !== undefined && valueOffsets.length > 0
        ? valueOffsets.length > end
        : (values?.length ?? 0) * (isBits ? 8 : 1) >= end * (bits === 128 ? 4 : 1);
  if (!(length >= 0) || !holds) throw new Error(`${name} has fewer values than its ${length} rows need`);
  for (const child of children) requireWhole(name, child);
}

/** Class names are no longer than that. */
const MOST_LETTERS = 1000;

/** Bytes of numbers, one after the other. */
interface Numbers {
  readonly element: Element;
  readonly bytes: Uint8Array;
}

function numbersOf({ DataType: kinds }: Arrow, name: string, type: DataType, parts: readonly Data[]): Numbers {
  const doubles = (numberAt: (data: Data, row: number) => number): Numbers => {
    const values = parts.flatMap((data) => Array.from({ length: data.length }, (_, row) => numberAt(data, row)));
    return { element: numberElement('float64'), bytes: new Uint8Array(Float64Array.from(values).buffer) };
  };
  if (kinds.isInt(type)) {
    const { bitWidth, isSigned } = type;
    return joined(numberElement(`${isSigned ? '' : 'u'}int${bitWidth as 8 | 16 | 32 | 64}`), parts);
  }
  if (kinds.isFloat(type))
    return joined(numberElement((['float16', 'float32', 'float64'] as const)[type.precision]), parts);
  if (kinds.isBool(type)) {
    const bits = parts.flatMap(({ values, offset, length }) =>
      Array.from({ length }, (_, row) => (values[(offset + row) >> 3] >> ((offset + row) & 7)) & 1),
    );
    return { element: numberElement('bool'), bytes: Uint8Array.from(bits) };
  }
  if (kinds.isDecimal(type) && type.bitWidth === 128) {
    return doubles(({ values }, row) => decimal(values, row) / 10 ** type.scale);
  }
  if (kinds.isTimestamp(type)) {
    const perSecond = 1000 ** type.unit;
    return doubles(({ values }, row) => Number(values[row]) / perSecond);
  }
  if (kinds.isDate(type)) {
    return doubles(({ values }, row) => (type.unit === 0 ? Number(values[row]) * 86_400 : Number(values[row]) / 1000));
  }
  throw userError(
    'ARRAY_TYPE',
    `${name} is of type ${quoted(String(type))}, which is not read; save it as numbers, as text, or as a list of one length.`,
  );
}

function joined(element: Element, parts: readonly Data[]): Numbers {
  const bytes = Buffer.concat(
    parts.map(({ values, length }) => {
      const part = values.subarray(0, length) as Uint8Array;
      if (part.length !== length) throw new Error('a column has fewer numbers than rows');
      return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    }),
  );
  return { element, bytes };
}

/** A whole number of 128 bits, rounded to float64. */
function decimal(words: Uint32Array, row: number): number {
  const at = 4 * row;
  const [a, b, c, d] = words.subarray(at, at + 4);
  return Number(BigInt.asIntN(128, (BigInt(d) << 96n) | (BigInt(c) << 64n) | (BigInt(b) << 32n) | BigInt(a)));
}

function texts(values: readonly string[]): Numbers {
  const letters = values.map((text) => Array.from(text, (letter) => letter.codePointAt(0) as number));
  const most = letters.reduce((longest, { length }) => Math.max(longest, length), 1);
  if (most > MOST_LETTERS) {
    throw userError(
      'ARRAY_TYPE',
      `A text of ${most} letters is no name of a class, which has at most ${MOST_LETTERS}; give the column of labels.`,
    );
  }
  const codes = new Uint32Array(values.length * most);
  letters.forEach((text, row) => {
    codes.set(text, row * most);
  });
  return { element: { type: 'utf32', bytes: 4 * most, isBigEndian: false }, bytes: new Uint8Array(codes.buffer) };
}

function held(name: string, { element, bytes }: Numbers): StoredArray {
  const rows = bytes.length / element.bytes;
  return { name, element, shape: [rows], source: heldBytes(bytes, name), runs: [{ rows, offset: 0 }] };
}

function missing(name: string, count: number, row: number): Error {
  return userError(
    'ARRAY_MISSING_VALUE',
    `${name} has ${count} missing values, the first in row ${row}; fill them in before it is saved, or read the table with data.table.`,
  );
}

function firstNull(column: Vector): number {
  for (let row = 0; row < column.length; row++) if (column.get(row) === null) return row;
  return 0;
}
