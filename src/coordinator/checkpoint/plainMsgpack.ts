import { Packr, Unpackr } from 'msgpackr';
import { packExactly, unpackExactly } from './exactValues.js';

/**
 * MessagePack of plain data alone: nil, booleans, numbers, strings, binary, arrays and string-keyed maps. Bytes from a
 * file are walked before they are decoded, so that no length in them can ask for more memory than the file has bytes,
 * no extension can name a type, and no key can reach a prototype.
 */
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** Deeper than what is packed, whose tags lie between; recursion ends here. */
const DEEPEST = 1_000;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Encodes a value so that `unpackPlain` gives it back without a change; throws `InexactValue` where it cannot. */
export function packPlain(value: unknown): Uint8Array {
  const bytes = packr.pack(packExactly(value));
  requirePlain(bytes);
  return bytes;
}

/** Decodes what `packPlain` has encoded; throws when the bytes are anything else. */
export function unpackPlain(bytes: Uint8Array): unknown {
  requirePlain(bytes);
  return unpackExactly(unpackr.unpack(bytes));
}

function requirePlain(bytes: Uint8Array): void {
  const end = skipValue(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, 0);
  if (end !== bytes.byteLength) throw new Error(`${bytes.byteLength - end} bytes follow the value`);
}

/** The offset after the value at `at`. */
function skipValue(view: DataView, at: number, depth: number): number {
  if (depth > DEEPEST) throw new Error(`values nest deeper than ${DEEPEST}`);
  const type = view.getUint8(at);
  if (type < 0x80 || type >= 0xe0) return at + 1;
  if (type < 0x90) return skipMap(view, at + 1, type & 0x0f, depth);
  if (type < 0xa0) return skipItems(view, at + 1, type & 0x0f, depth);
  if (type < 0xc0) return skipBytes(view, at + 1, type & 0x1f);
  return skipLong(view, at, type, depth);
}

/** Types with a byte of their own. */
function skipLong(view: DataView, at: number, type: number, depth: number): number {
  const length = (bytes: number): number =>
    bytes === 1 ? view.getUint8(at + 1) : bytes === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
  switch (type) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return at + 1;
    case 0xc4: // binary with a length of 1, 2 or 4 bytes
    case 0xc5:
    case 0xc6:
      return skipBytes(view, at + 1 + 2 ** (type - 0xc4), length(2 ** (type - 0xc4)));
    case 0xca: // float32
    case 0xcb: // float64
      return skipBytes(view, at + 1, 4 * (type - 0xc9));
    case 0xcc: // uint8 to uint64
    case 0xcd:
    case 0xce:
    case 0xcf:
      return skipBytes(view, at + 1, 2 ** (type - 0xcc));
    case 0xd0: // int8 to int64
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return skipBytes(view, at + 1, 2 ** (type - 0xd0));
    case 0xd9: // string with a length of 1, 2 or 4 bytes
    case 0xda:
    case 0xdb:
      return skipBytes(view, at + 1 + 2 ** (type - 0xd9), length(2 ** (type - 0xd9)));
    case 0xdc: // array with a length of 2 or 4 bytes
    case 0xdd:
      return skipItems(view, at + 1 + 2 * (type - 0xdb), length(2 * (type - 0xdb)), depth);
    case 0xde: // map with a length of 2 or 4 bytes
    case 0xdf:
      return skipMap(view, at + 1 + 2 * (type - 0xdd), length(2 * (type - 0xdd)), depth);
    default:
      throw new Error(`type 0x${type.toString(16)} at byte ${at} is not plain data`);
  }
}

function skipBytes(view: DataView, at: number, length: number): number {
  if (length > view.byteLength - at) throw new Error(`a value at byte ${at} is cut short`);
  return at + length;
}

/** Every item takes a byte at least. */
function skipItems(view: DataView, at: number, count: number, depth: number): number {
  skipBytes(view, at, count);
  let end = at;
  for (let i = 0; i < count; i++) end = skipValue(view, end, depth + 1);
  return end;
}

function skipMap(view: DataView, at: number, count: number, depth: number): number {
  skipBytes(view, at, 2 * count);
  let end = at;
  for (let i = 0; i < count; i++) {
    const key = end;
    end = skipValue(view, key, depth + 1);
    requireKey(view, key, end);
    end = skipValue(view, end, depth + 1);
  }
  return end;
}

function requireKey(view: DataView, from: number, to: number): void {
  const key: unknown = unpackr.unpack(new Uint8Array(view.buffer, view.byteOffset + from, to - from));
  if (typeof key !== 'string') throw new Error(`a key at byte ${from} is not a text`);
  if (FORBIDDEN_KEYS.has(key)) throw new Error(`the key ${key} is not allowed`);
}
