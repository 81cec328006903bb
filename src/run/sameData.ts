import { userError } from '../shared/errors.js';
import { dataPath } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { KeptReading } from './data/format.js';
import { formatOf } from './data/formats.js';
import { readJson } from './json.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';

/** A resumed run goes on with the very numbers it began with. */
export async function requireSameData(directory: string, config: RunConfig, found: KeptReading): Promise<void> {
  const format = formatOf(config.data);
  const began = await readJson<KeptReading>(runPaths(directory).preprocessing);
  if (began === undefined || !format.hasKept(began)) return;
  const difference = format.difference(began, found, shorten(directory));
  if (difference === undefined) return;
  throw userError('RESUME_MISMATCH', `${dataPath(config)} ${difference}, or leave --resume out to start another run.`);
}
