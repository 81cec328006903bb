import { userError } from '../../../shared/errors.js';
import { type ArrayFile, openBytes, singleArray } from './arrayFile.js';
import { type ElementType, numberElement } from './elements.js';
import { sizeOfShape } from './storedArray.js';

/** What numbers without a head are. */
export interface RawOptions {
  readonly dtype: Exclude<ElementType, 'utf32' | 'latin1'>;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly bigEndian?: boolean;
  /** Bytes at the start that are none of the numbers; default 0. */
  readonly offset?: number;
}

/** Opens numbers one after the other, as `x.tofile(path)` of NumPy and `fwrite` write them. */
export async function openRaw(
  path: string,
  { dtype, shape: row, bigEndian, offset = 0 }: RawOptions,
): Promise<ArrayFile> {
  const { source, size } = await openBytes(path);
  const element = numberElement(dtype, bigEndian);
  const bytes = sizeOfShape(row) * element.bytes;
  const rows = (size - offset) / bytes;
  if (!Number.isInteger(rows) || rows < 1) {
    source.close();
    throw userError(
      'ARRAY_INVALID',
      `${path} has ${size} bytes, ${offset} of them before its rows, but a row of ${dtype} [${row.join(', ')}] has ${bytes}: the rest makes no whole number of rows; mend data.dtype, data.shape or data.offset.`,
    );
  }
  const array = { name: path, element, shape: [rows, ...row], source, runs: [{ rows, offset }] };
  return singleArray(path, array, () => source.close());
}
