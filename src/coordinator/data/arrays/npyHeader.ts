import { userError } from '../../../shared/errors.js';
import { quoted } from '../quoted.js';
import { type Element, type ElementType, numberElement } from './elements.js';
import { sizeOfShape } from './storedArray.js';

/** The head of an array as NumPy writes it: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export interface NpyHeader {
  readonly element: Element;
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  /** Where the numbers begin. */
  readonly offset: number;
}

/** Bytes that are enough to know how long the head is. */
export const NPY_PREFIX = 12;

/** The longest head that is read: arrays of numbers have some hundred bytes. */
const MOST_HEAD = 1 << 20;

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** Whether bytes begin as those of NumPy's arrays do. */
export function isNpy(head: Uint8Array): boolean {
  return MAGIC.equals(head.subarray(0, MAGIC.length));
}

/** Where the head of an array ends, by its first bytes. `name`: the array, for messages. */
export function npyHeadEnd(prefix: Uint8Array, name: string): number {
  const head = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (!isNpy(head) || head.length < NPY_PREFIX) {
    throw invalid(`${name} does not begin as an array of NumPy does; write it with np.save`);
  }
  const version = head[6];
  if (version < 1 || version > 3) {
    throw invalid(`${name} is of version ${version} of NumPy's format, but 1 to 3 are known; write it with np.save`);
  }
  const end = version === 1 ? 10 + head.readUInt16LE(8) : 12 + head.readUInt32LE(8);
  if (end > MOST_HEAD) {
    throw invalid(`${name} has a head of ${end} bytes, but at most ${MOST_HEAD} are read; save plain numbers`);
  }
  return end;
}

/** Reads the head; `bytes` has all of it. */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const offset = npyHeadEnd(bytes, name);
  const begin = bytes[6] === 1 ? 10 : 12;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + begin, offset - begin).toString('utf8');
  const descr = /'descr':\s*(?:'([^']*)'|(?=[[(]))/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const lengths = /'shape':\s*\(([^()]*)\)/.exec(text)?.[1];
  const shape = lengths === undefined ? undefined : shapeOf(lengths);
  if (descr === null || order === null || shape === undefined || !/^\{.*\}\s*$/s.test(text)) {
    throw invalid(`${name} has a head that tells no type and shape: ${quoted(text.trim())}; write it with np.save`);
  }
  if (descr[1] === undefined) {
    throw refused(name, 'has fields of several types (a structured array)', 'save each field as an array of its own');
  }
  return { element: elementOf(descr[1], name), shape, isFortran: order[1] === 'True', offset };
}

/** The lengths in a tuple of Python's: `10, 3`, `5,`, `` or, of Python 2, `5L,`. */
function shapeOf(text: string): number[] | undefined {
  const parts = text.split(',').map((part) => part.trim().replace(/L$/, ''));
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map((part) => (/^\d{1,16}$/.test(part) ? Number(part) : Number.NaN));
  return shape.every(Number.isSafeInteger) && Number.isSafeInteger(sizeOfShape(shape)) ? shape : undefined;
}

const numbers: Readonly<Record<string, Exclude<ElementType, 'utf32' | 'latin1' | 'bfloat16'>>> = {
  ...{ b1: 'bool', i1: 'int8', i2: 'int16', i4: 'int32', i8: 'int64' },
  ...{ u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64' },
  ...{ f2: 'float16', f4: 'float32', f8: 'float64' },
};

/** Types that NumPy writes and that are no numbers here: by their letter, what they are and what to do. */
const others: Readonly<Record<string, readonly [is: string, instead: string]>> = {
  O: [
    'holds Python objects (dtype object, or StringDType), which stand there as a pickle',
    'save it as numbers, such as x.astype("float32"), or text labels as labels.astype("U")',
  ],
  V: ['has a type of its own (void; bfloat16 is saved so)', 'save x.astype("float32")'],
  M: ['holds dates (datetime64)', 'save them as numbers, such as x.astype("int64") / 1e9'],
  m: ['holds durations (timedelta64)', 'save them as numbers, such as x.astype("int64") / 1e9'],
  c: ['holds complex numbers', 'save their parts as axes, such as np.stack([x.real, x.imag], -1)'],
  f: ['holds floats of another length than 2, 4 or 8 bytes', 'save x.astype("float64")'],
};

/** The most letters of a text that is a class name. */
const MOST_LETTERS = 1 << 16;

function elementOf(descr: string, name: string): Element {
  const [, order = '', letter = '', digits = ''] = /^([<>|=]?)([a-zA-Z?])(\d*)/.exec(descr) ?? [];
  const isBigEndian = order === '>';
  const type = numbers[`${letter}${digits}`] ?? (letter === '?' ? 'bool' : undefined);
  if (type !== undefined) return numberElement(type, isBigEndian);
  const letters = Number(digits);
  if ((letter === 'U' || letter === 'S' || letter === 'a') && letters <= MOST_LETTERS) {
    if (letters === 0) throw refused(name, 'holds texts without a letter', 'save class names or numbers');
    return letter === 'U'
      ? { type: 'utf32', bytes: 4 * letters, isBigEndian }
      : { type: 'latin1', bytes: letters, isBigEndian: false };
  }
  const [is, instead] = others[letter] ?? ['is of no type that is known', 'save x.astype("float32")'];
  throw refused(name, `${is}: ${quoted(descr)}`, instead);
}

function refused(name: string, is: string, instead: string): Error {
  return userError('ARRAY_TYPE', `${name} ${is}, which is not read; ${instead}.`);
}

function invalid(sentence: string): Error {
  return userError('ARRAY_INVALID', `${sentence}.`);
}
