import { createHash } from 'node:crypto';
import { z } from 'zod';
import { inWords } from '../../../coordinator/data/arrays/elements.js';
import { readBytes, rowsOf, type StoredArray } from '../../../coordinator/data/arrays/storedArray.js';
import { wholeNumber } from '../../../coordinator/options/fields.js';

/** What tells one array from another: how it is called, what it holds, and a sample of its bytes. */
export const identitySchema = z.array(
  z.object({
    key: z.string(),
    type: z.string(),
    shape: z.array(wholeNumber(0)),
    /** sha256 of bytes of some rows, in hex. */
    digest: z.string(),
  }),
  { error: 'a list of arrays' },
);

export type Identity = z.output<typeof identitySchema>;

/** Arrays of so many bytes are digested whole; of larger ones as much as that, at places spread over all rows. */
const SAMPLE = 16 << 20;
const PLACES = 256;

/** The identity of arrays, by what the run calls them. */
export function identityOf(arrays: readonly (readonly [key: string, array: StoredArray])[]): Identity {
  return arrays.map(([key, array]) => ({
    key,
    type: inWords(array.element),
    shape: [...array.shape],
    digest: digestOf(array),
  }));
}

/** How arrays differ from those that a run began with, as the rest of a sentence; undefined where they do not. */
export function differenceOf(began: Identity, found: Identity, run: string): string | undefined {
  for (const [i, { key, type, shape, digest }] of began.entries()) {
    const now = found[i];
    const was = `the run in ${run} was started with`;
    if (now === undefined) return `has no array ${key}, which ${was}; restore it`;
    const [before, after] = [`${type} [${shape.join(', ')}]`, `${now.type} [${now.shape.join(', ')}]`];
    if (before !== after) return `has ${key} as ${after}, but ${was} ${before}; restore it`;
    if (digest !== now.digest) return `has other numbers in ${key} than those that ${was}; restore it`;
  }
  return undefined;
}

function digestOf(array: StoredArray): string {
  const hash = createHash('sha256');
  const { rows } = rowsOf(array);
  const bytes = readBytes(array, { from: 0, to: Math.min(rows, 1) }).length;
  if (bytes === 0) return hash.digest('hex');
  const most = Math.max(1, Math.floor(SAMPLE / bytes));
  if (rows <= most) return hash.update(readBytes(array, { from: 0, to: rows })).digest('hex');
  const each = Math.max(1, Math.floor(most / PLACES));
  const places = Math.min(PLACES, Math.floor(rows / each));
  for (let place = 0; place < places; place++) {
    const from = Math.floor(((rows - each) * place) / Math.max(1, places - 1));
    hash.update(readBytes(array, { from, to: from + each }));
  }
  return hash.digest('hex');
}
