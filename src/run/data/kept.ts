import { expectedBy } from '../../coordinator/options/parseErrors.js';
import { show } from '../../coordinator/options/values.js';
import { userError } from '../../shared/errors.js';
import { readJson } from '../json.js';
import { runPaths } from '../paths.js';
import type { DataFormat, KeptReading } from './format.js';
import { formats } from './formats.js';

/**
 * What the run in a directory stored of how it read its data; undefined where it stored nothing, or that of another format.
 *
 * @throws LockstepError `RUN_UNREADABLE` where the file holds something else.
 */
export async function readKept(directory: string, format: DataFormat): Promise<KeptReading | undefined> {
  const path = runPaths(directory).preprocessing;
  const stored = await readJson(path);
  if (stored === undefined) return undefined;
  const parsed = format.keptSchema.safeParse(stored);
  if (parsed.success) return parsed.data;
  if (formats.some(({ keptSchema }) => keptSchema.safeParse(stored).success)) return undefined;
  const { path: place, found, expected } = expectedBy(parsed.error.issues[0], stored);
  const state = found === undefined ? 'is missing' : `is ${show(found)}`;
  throw userError(
    'RUN_UNREADABLE',
    `${path} does not tell how the run read its data: ${place.join('.') || 'its content'} ${state}, but has to be ${expected}; restore the file, or remove it and name the config of the run with --config.`,
  );
}
