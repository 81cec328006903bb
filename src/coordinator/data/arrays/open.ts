import { userError } from '../../../shared/errors.js';
import { type ArrayFile, headOf, openBytes, singleArray } from './arrayFile.js';
import { isIdx, openIdx } from './idx.js';
import { openNpyAt } from './npy.js';
import { isNpy } from './npyHeader.js';
import { openNpz } from './npz.js';
import { openSafetensors } from './safetensors.js';

/** Opens what `np.save` writes. */
export async function openNpy(path: string): Promise<ArrayFile> {
  const { source, size } = await openBytes(path);
  const close = (): void => source.close();
  try {
    return singleArray(path, openNpyAt({ name: path, source, offset: 0, length: size }), close);
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens a file of arrays of any kind that its first bytes tell: NPY, NPZ, IDX (gzipped or not), safetensors. */
export async function openArrays(path: string): Promise<ArrayFile> {
  const { source, size } = await openBytes(path);
  const head = headOf(source, size, 9);
  source.close();
  if (isNpy(head)) return openNpy(path);
  if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0304) return openNpz(path);
  if (isIdx(head) || (head[0] === 0x1f && head[1] === 0x8b)) return openIdx(path);
  if (head[8] === 0x7b) return openSafetensors(path);
  throw userError(
    'ARRAY_INVALID',
    `${path} is no file of arrays that is known by its first bytes; give one that np.save or np.savez wrote, IDX or safetensors.`,
  );
}
