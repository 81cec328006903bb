import { userError } from '../../../shared/errors.js';
import { type ArrayFile, headOf, singleArray } from './arrayFile.js';
import { type ElementType, numberElement } from './elements.js';
import { openMaybeGzipped } from './gzip.js';
import { sizeOfShape } from './storedArray.js';

/** The third byte of the file tells the type: https://yann.lecun.org/exdb/mnist/ */
const types: Readonly<Record<number, Exclude<ElementType, 'utf32' | 'latin1'>>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Whether bytes begin as an IDX file does. */
export function isIdx([zero, another, type, axes]: Uint8Array): boolean {
  return zero === 0 && another === 0 && type in types && axes >= 1;
}

/** Opens an IDX file, as MNIST comes in, gzipped or not. */
export async function openIdx(path: string): Promise<ArrayFile> {
  const { source, size, close } = await openMaybeGzipped(path);
  try {
    const head = headOf(source, size, 4 + 4 * 255);
    const axes = head[3];
    const offset = 4 + 4 * axes;
    if (head.length < 8 || !isIdx(head) || head.length < offset) {
      throw userError('ARRAY_INVALID', `${path} does not begin as an IDX file does; give one, gzipped or not.`);
    }
    const element = numberElement(types[head[2]], true);
    const shape = Array.from({ length: axes }, (_, axis) => head.readUInt32BE(4 + 4 * axis));
    const bytes = sizeOfShape(shape) * element.bytes;
    if (bytes !== size - offset) {
      throw userError(
        'ARRAY_INVALID',
        `${path} has ${size - offset} bytes of numbers, but its shape [${shape.join(', ')}] has ${bytes}; restore the file.`,
      );
    }
    return singleArray(path, { name: path, element, shape, source, runs: [{ rows: shape[0], offset }] }, close);
  } catch (error) {
    close();
    throw error;
  }
}
