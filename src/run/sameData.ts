import { userError } from '../shared/errors.js';
import { dataPath } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import type { Preprocessing, SourceRows } from './data/preprocessing.js';
import { readJson } from './json.js';
import { runPaths } from './paths.js';
import { shorten } from './place.js';

/** A resumed run goes on with the very numbers it began with. */
export async function requireSameData(
  directory: string,
  config: RunConfig,
  found: Preprocessing | SourceRows,
): Promise<void> {
  const stored = await readJson<Preprocessing | SourceRows>(runPaths(directory).preprocessing);
  if (stored === undefined || numbersOf(stored) === numbersOf(found)) return;
  const change =
    'rows' in found && 'rows' in stored
      ? `has ${found.rows} rows, but the run in ${shorten(directory)} was started with ${stored.rows}; restore it`
      : `no longer holds the data that the run in ${shorten(directory)} was started with; restore the file`;
  throw userError('RESUME_MISMATCH', `${dataPath(config)} ${change}, or leave --resume out to start another run.`);
}

/** What tells data from other data: of a table its numbers, of a source how many rows it has. */
function numbersOf(data: Preprocessing | SourceRows): string | number {
  return 'rows' in data ? data.rows : data.digest;
}
