import { show } from '../coordinator/options/parseErrors.js';
import { userError } from '../shared/errors.js';
import type { RunConfig } from './config/schema.js';
import { formatOf } from './data/formats.js';

/**
 * Refuses to resume a run as another one. Only what cannot change a bit of the steps may differ: the number of epochs,
 * of workers, and the checkpoints. (The engine is resolved in open.ts.)
 */
export function requireSameRun(config: RunConfig, stored: RunConfig, directory: string): void {
  const difference = firstDifference(identity(stored), identity(config), []);
  if (difference === undefined) return;
  const { path, before, now } = difference;
  throw userError(
    'RESUME_MISMATCH',
    `${path.join('.')} is ${show(now)}, but the run in ${directory} was started with ${show(before)}; resume it as it was (lockstep train ${directory} --resume), or leave --resume out to start another.`,
  );
}

/**
 * What makes a run this run. Files may have moved: that they hold the same data is checked when they are read. Shards
 * count only where the config names them; the stored one always does.
 */
function identity({ model, data, compile, fit, run }: RunConfig): Record<string, unknown> {
  const { key, paths } = formatOf(data);
  const reading = { ...Object.fromEntries(Object.entries(data).filter(([name]) => !paths.includes(name))), from: key };
  const { epochs: _epochs, ...fitting } = fit;
  return { model, data: reading, compile, fit: fitting, run: { seed: run.seed, shards: run.shards } };
}

interface Difference {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly now: unknown;
}

function firstDifference(before: unknown, now: unknown, path: readonly string[]): Difference | undefined {
  if (path.join('.') === 'run.shards' && now === undefined) return undefined;
  if (!isObject(before) || !isObject(now)) return Object.is(before, now) ? undefined : { path, before, now };
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  for (const key of keys) {
    const found = firstDifference(before[key], now[key], [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
