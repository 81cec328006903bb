import { realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { userError } from '../shared/errors.js';
import type { RunConfig } from './config/schema.js';
import { formatOf, pathsOf } from './data/formats.js';
import { shorten } from './runDirectory.js';

/**
 * The config that a folder stores, with the modules that the caller names in place of its own. A folder may come from
 * anywhere, so nothing that its config names is run unasked.
 */
export function withCallersModules(stored: RunConfig, named: readonly string[] | undefined, folder: string): RunConfig {
  const { modules = [], ...model } = stored.model;
  if (named !== undefined && named.length > 0) {
    return { ...stored, model: { ...model, modules: named.map((path) => resolve(path)) } };
  }
  if (modules.length === 0) return { ...stored, model };
  throw userError(
    'MODULES_NEEDED',
    `The config in ${shorten(resolve(folder))} names ${listOf(modules)}, which ${modules.length === 1 ? 'is' : 'are'} run only if you name ${modules.length === 1 ? 'it' : 'them'}; look into ${modules.length === 1 ? 'it' : 'them'}, then add --modules <path> (in code: the option modules), or give a config of your own.`,
  );
}

function listOf(modules: readonly string[]): string {
  const shown = modules.slice(0, 3).map((path) => shorten(path));
  const more = modules.length > 3 ? ` and ${modules.length - 3} more` : '';
  return `the module${modules.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`;
}

/**
 * Training a run on runs the modules of its config, as the run was begun with them. Those lie where they lay then: a run
 * directory that brings modules of its own was not written by a run.
 */
export async function requireModulesElsewhere({ model, data }: RunConfig, directory: string): Promise<void> {
  const sources = formatOf(data).areModules ? Object.values(pathsOf(data)) : [];
  const folder = await placeOf(directory);
  for (const path of [...(model.modules ?? []), ...sources]) {
    const isWithin = !relative(folder, await placeOf(path)).startsWith('..');
    if (!isWithin) continue;
    throw userError(
      'MODULES_NEEDED',
      `The config in ${shorten(resolve(directory))} names the module ${shorten(path)} in that folder, which is run only if you name it; look into it, then train with a config of your own and --out ${shorten(resolve(directory))} --resume.`,
    );
  }
}

/** Where a path leads to, also by way of links. */
async function placeOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
