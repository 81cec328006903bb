import { userError } from '../../../shared/errors.js';
import { heldBytes } from './byteSources.js';
import { NPY_PREFIX, npyHeadEnd, readNpyHeader } from './npyHeader.js';
import { type ByteSource, type StoredArray, sizeOfShape } from './storedArray.js';

/** Where the bytes of an array in NumPy's format lie. */
export interface NpyPlace {
  /** What messages call it. */
  readonly name: string;
  readonly source: ByteSource;
  readonly offset: number;
  /** Bytes from there on that are the array's: those of the file, or of a member of an archive. */
  readonly length: number;
}

/** An array as `np.save` writes it. One in Fortran order is read whole and turned into rows. */
export function openNpyAt({ name, source, offset, length }: NpyPlace): StoredArray {
  const take = (bytes: number): Uint8Array => {
    const into = new Uint8Array(Math.min(bytes, length));
    source.readAt(into, offset);
    return into;
  };
  const end = npyHeadEnd(take(NPY_PREFIX), name);
  if (end > length) throw damaged(name, `has ${length} bytes, but its head alone has ${end}`);
  const { element, shape, isFortran, offset: start } = readNpyHeader(take(end), name);
  const bytes = sizeOfShape(shape) * element.bytes;
  if (bytes !== length - start) {
    const state = bytes > length - start ? 'it was cut off' : 'something else stands behind it';
    throw damaged(
      name,
      `has ${length - start} bytes of numbers, but its shape [${shape.join(', ')}] has ${bytes}: ${state}`,
    );
  }
  const rows = shape[0] ?? 1;
  const array = { name, element, shape, source, runs: [{ rows, offset: offset + start }] };
  return isFortran && shape.length > 1 ? turned(array) : array;
}

/** An array in Fortran order, column after column, in memory row after row. */
function turned(array: StoredArray): StoredArray {
  const { name, element, shape, source, runs } = array;
  const { bytes } = element;
  const from = new Uint8Array(sizeOfShape(shape) * bytes);
  source.readAt(from, runs[0].offset);
  const into = new Uint8Array(from.length);
  // How many elements of the file one step along each axis is.
  const steps = shape.map((_, axis) => sizeOfShape(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let at = 0;
  for (let i = 0; i < from.length; i += bytes) {
    for (let b = 0; b < bytes; b++) into[i + b] = from[at * bytes + b];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += steps[axis];
      if (++index[axis] < shape[axis]) break;
      at -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { ...array, source: heldBytes(into, name), runs: [{ ...runs[0], offset: 0 }] };
}

function damaged(name: string, what: string): Error {
  return userError('ARRAY_INVALID', `${name} ${what}; write it again with np.save.`);
}
