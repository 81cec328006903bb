import type { Hdf5Dataset } from './dataset.js';
import { Hdf5Fault } from './fault.js';
import type { Hdf5Source } from './source.js';

/** The bytes of a dataset. */
export function bytesOfDataset(source: Hdf5Source, { place, length }: Hdf5Dataset): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (typeof place === 'number') source.readInto(bytes, place);
  else bytes.set(place);
  return bytes;
}

/** The elements of a dataset as float32: wider numbers are rounded, narrower ones are exact. `bfloat16`: what its opaque elements are. */
export function floatsOfDataset(source: Hdf5Source, dataset: Hdf5Dataset): Float32Array<ArrayBuffer> {
  const { type } = dataset;
  const bytes = bytesOfDataset(source, dataset);
  return floatsOf(bytes, type.kind === 'opaque' && type.size === 2 ? 'bfloat16' : `${type.kind}${8 * type.size}`);
}

type Reader = (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/** Numbers that files of weights hold, little-endian, as float32. */
const readers: Readonly<Record<string, Reader>> = {
  float32: ({ buffer }) => new Float32Array(buffer),
  float64: ({ buffer }) => Float32Array.from(new Float64Array(buffer)),
  float16: ({ buffer }) => Float32Array.from(new Uint16Array(buffer), float16Value),
  bfloat16: ({ buffer }) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  int64: ({ buffer }) => Float32Array.from(new BigInt64Array(buffer), Number),
  int32: ({ buffer }) => Float32Array.from(new Int32Array(buffer)),
  int16: ({ buffer }) => Float32Array.from(new Int16Array(buffer)),
  int8: ({ buffer }) => Float32Array.from(new Int8Array(buffer)),
  uint64: ({ buffer }) => Float32Array.from(new BigUint64Array(buffer), Number),
  uint32: ({ buffer }) => Float32Array.from(new Uint32Array(buffer)),
  uint16: ({ buffer }) => Float32Array.from(new Uint16Array(buffer)),
  uint8: (bytes) => Float32Array.from(bytes),
};

/** Bytes of one element of each type that `floatsOf` reads. */
export const elementBytes = (type: string): number | undefined =>
  Object.hasOwn(readers, type) ? Number(/\d+$/.exec(type)) / 8 : undefined;

/** Numbers of a type as float32; `bytes` begin at the start of their buffer. */
export function floatsOf(bytes: Uint8Array<ArrayBuffer>, type: string): Float32Array<ArrayBuffer> {
  if (Object.hasOwn(readers, type)) return readers[type](bytes);
  throw new Hdf5Fault(`it has elements of type ${type}, which are no numbers of weights`);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of mantissa. */
export function float16Value(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
