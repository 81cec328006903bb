import { userError } from '../shared/errors.js';
import { dataPath } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { KeptReading } from './data/format.js';
import { formatOf } from './data/formats.js';
import { readKept } from './data/kept.js';
import { shorten } from './runDirectory.js';

/** A resumed run goes on with the very numbers it began with. */
export async function requireSameData(directory: string, config: RunConfig, found: KeptReading): Promise<void> {
  const format = formatOf(config.data);
  const began = await readKept(directory, format);
  if (began === undefined) return;
  const difference = format.difference(began, found, shorten(directory));
  if (difference === undefined) return;
  throw userError('RESUME_MISMATCH', `${dataPath(config)} ${difference}, or leave --resume out to start another run.`);
}
