import { Zip, ZipPassThrough } from 'fflate';
import { userError } from '../../../shared/errors.js';
import { reason } from '../../../shared/files.js';
import { writeWholeFile } from '../../../shared/writing/wholeFile.js';
import type { WrittenFile } from '../hdf5/write.js';
import type { Json } from '../kerasCalls.js';
import { CONFIG, METADATA, WEIGHTS } from './archive.js';
import { pythonJson } from './json.js';

/** The version of Keras whose form is written; Keras 3 reads it whatever its own is. */
export const KERAS_VERSION = '3.15.1';

/** More than a zip holds without its later form, which the library does not write. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;

/** Writes a `.keras` file in place of what was there. */
export async function writeKerasArchive(path: string, config: Json, weights: WrittenFile): Promise<void> {
  if (weights.size > MOST_BYTES) {
    throw userError(
      'MODEL_UNWRITABLE',
      `The weights take ${weights.size} bytes, and a .keras file holds 4 GiB; write them as safetensors.`,
    );
  }
  await writeModelFile(
    path,
    zipped([
      [METADATA, [Buffer.from(JSON.stringify({ keras_version: KERAS_VERSION, date_saved: null }))]],
      [CONFIG, [Buffer.from(pythonJson(config))]],
      [WEIGHTS, weights.pieces()],
    ]),
  );
}

/** Writes a file whole, or leaves what was there. */
export async function writeModelFile(path: string, content: Iterable<Uint8Array>): Promise<void> {
  try {
    await writeWholeFile(path, content);
  } catch (error) {
    throw userError(
      'MODEL_UNWRITABLE',
      `The model cannot be written to ${path}: ${reason(error)}; give another path.`,
      error,
    );
  }
}

/** A zip of members that are stored as they are, as Keras writes them. */
function* zipped(members: readonly (readonly [string, Iterable<Uint8Array>])[]): Generator<Uint8Array> {
  let made: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    made.push(piece);
  });
  for (const [name, pieces] of members) {
    const member = new ZipPassThrough(name);
    member.mtime = EPOCH;
    zip.add(member);
    for (const piece of pieces) {
      member.push(piece);
      yield* made;
      made = [];
    }
    member.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* made;
}

/** The earliest date of a zip, so that the same model gives the same bytes. */
const EPOCH = new Date(1980, 0, 1);
