import { Hdf5Fault } from './fault.js';
import type { Hdf5View } from './source.js';

/** The types of elements that weights and attributes of Keras's files have. */
export type Hdf5Type =
  | { readonly kind: 'int' | 'uint' | 'float'; readonly size: number }
  /** Bytes of which an attribute says what they are; of bfloat16 two. */
  | { readonly kind: 'opaque'; readonly size: number }
  /** Text of `size` bytes each. */
  | { readonly kind: 'text'; readonly size: number }
  /** Text that lies in a heap of the file. */
  | { readonly kind: 'variableText'; readonly size: number };

const classes = { int: 0, float: 1, text: 3, opaque: 5, reference: 7, enumeration: 8, variable: 9 } as const;

/** Bits that tell float16, float32 and float64 of IEEE 754: size, place and size of the exponent, size of the mantissa. */
const floats = new Set(['2 10 5 10', '4 23 8 23', '8 52 11 52']);

export function readDatatype(view: Hdf5View): Hdf5Type {
  const type = view.u8() & 0x0f;
  const bits = view.u8() | (view.u8() << 8) | (view.u8() << 16);
  const size = view.u32();
  switch (type) {
    case classes.int:
      requireLittleEndian(bits);
      return { kind: (bits & 8) === 0 ? 'uint' : 'int', size: requireWidth(size) };
    case classes.float:
      requireLittleEndian(bits);
      return { kind: 'float', size: requireFloat(view, size) };
    case classes.text:
      return { kind: 'text', size };
    case classes.opaque:
      return { kind: 'opaque', size };
    case classes.enumeration:
      // As h5py writes bool: a name for each number.
      return readDatatype(view);
    case classes.variable:
      if ((bits & 0x0f) === 1) return { kind: 'variableText', size };
      throw new Hdf5Fault('it has lists of varying length, which no file of weights has');
    case classes.reference:
      throw new Hdf5Fault('it has references to objects, which no file of weights has');
    default:
      throw new Hdf5Fault(`it has elements of HDF5's class ${type}, which no file of weights has`);
  }
}

function requireLittleEndian(bits: number): void {
  if ((bits & 0x41) !== 0) throw new Hdf5Fault('it has numbers that are not little-endian');
}

function requireWidth(size: number): number {
  if ([1, 2, 4, 8].includes(size)) return size;
  throw new Hdf5Fault(`it has whole numbers of ${size} bytes`);
}

function requireFloat(view: Hdf5View, size: number): number {
  view.skip(4);
  const [place, exponent, , mantissa] = [view.u8(), view.u8(), view.u8(), view.u8()];
  if (floats.has(`${size} ${place} ${exponent} ${mantissa}`)) return size;
  throw new Hdf5Fault(`it has floating-point numbers of ${size} bytes that are none of IEEE 754`);
}
