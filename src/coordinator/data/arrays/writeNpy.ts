import { zipSync } from 'fflate';
import { userError } from '../../../shared/errors.js';

/** An array as it is written. */
export interface WrittenArray {
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** NumPy leaves room for so many digits in the first length, so that rows can be added in place. */
const GROWTH_DIGITS = 21;
const ALIGN = 64;

/** An array byte for byte as `np.save` of NumPy 2 writes it. */
export function encodeNpy({ values, shape }: WrittenArray): Buffer {
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const room = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const head = `{'descr': '${descrOf(values)}', 'fortran_order': False, 'shape': (${lengths}), }${' '.repeat(room)}`;
  // The head ends with a line end at a multiple of 64 bytes from the start.
  const length = head.length + 1 + ((ALIGN - ((10 + head.length + 1) % ALIGN)) % ALIGN);
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  prefix.writeUInt16LE(length, 8);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([prefix, Buffer.from(`${head.padEnd(length - 1)}\n`, 'latin1'), bytes]);
}

/** The oldest time that an archive knows, as NumPy writes it: the same arrays have the same bytes. */
const TIME = new Date(1980, 0, 1);

/** An archive of a gigabyte and more needs another format of its directory. */
const MOST = 2 ** 32 - 2 ** 20;

/** Arrays by their names in an archive that `np.load` reads. */
export function encodeNpz(arrays: Readonly<Record<string, WrittenArray>>): Uint8Array {
  const members = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  const bytes = members.reduce((sum, [, member]) => sum + member.length, 0);
  if (bytes > MOST) {
    throw userError(
      'OUT_TOO_LARGE',
      `The arrays take ${bytes} bytes, but an .npz is written up to ${MOST}; give a .npy.`,
    );
  }
  return zipSync(Object.fromEntries(members), { level: 0, mtime: TIME });
}

function descrOf(values: WrittenArray['values']): string {
  if (values instanceof Float32Array) return '<f4';
  if (values instanceof Float64Array) return '<f8';
  return values instanceof Int32Array ? '<i4' : '|u1';
}
