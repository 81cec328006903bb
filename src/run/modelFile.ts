import { open, readFile, stat } from 'node:fs/promises';
import { isHdf5, isZip } from '../coordinator/models/keras/archive.js';
import { isKerasModel } from '../coordinator/models/kerasGraph.js';
import { isPlain } from '../coordinator/options/values.js';

/** Blanks before the first brace of a JSON file that somebody has written. */
const LOOKED_AT_BYTES = 64;

/** Whether a file holds a model as TensorFlow.js or Keras writes one, whatever its name is. */
export async function holdsModel(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return false;
  if (isZip(path) || isHdf5(path)) return true;
  try {
    if (!(await beginsObject(path))) return false;
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isPlain(value) && ('modelTopology' in value || isKerasModel(value));
  } catch {
    // What cannot be read or parsed is told by whoever reads it as what its name says.
    return false;
  }
}

/** A checkpoint, which may be large, does not; it need not be read. */
async function beginsObject(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LOOKED_AT_BYTES) });
  return buffer.toString('latin1', 0, bytesRead).trimStart().startsWith('{');
}
