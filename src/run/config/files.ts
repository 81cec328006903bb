import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { userError } from '../../shared/errors.js';
import { firstLine, reason, sizeOfFile } from '../../shared/files.js';

/** A config as it stands in a file. */
export interface ConfigFile {
  readonly path: string;
  readonly raw: unknown;
  /** The run directory that it is the stored config of. */
  readonly run?: string;
}

/** The most aliases a YAML config may expand to: ample for sharing, too few for an expansion attack. */
const MAX_ALIASES = 100;

/** Endings of files that are run. */
export const scripts = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** Reads a config file; a run directory stands for the config stored in it. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  if ((await requireStat(path)).isDirectory()) {
    const stored = await storedConfig(path);
    return { path: stored, raw: parseText(stored, await readText(stored)), run: path };
  }
  const extension = extname(path).toLowerCase();
  if (scripts.includes(extension)) return { path, raw: await importConfig(path) };
  if (['.yaml', '.yml', '.json'].includes(extension)) return { path, raw: parseText(path, await readText(path)) };
  throw userError(
    'CONFIG_UNREADABLE',
    `Config ${path} ends in ${extension || 'nothing'}; give a .yaml, .json, .js or .ts file.`,
  );
}

/** Parses a value as a config file would hold it: `0.1` is a number, `[1, 2]` a list, `relu` a text. */
export function parseValue(text: string, where: string): unknown {
  return parseText(where, text);
}

async function requireStat(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw userError(
      'CONFIG_UNREADABLE',
      `Config ${path} cannot be read: ${reason(error)}; give the path of a config file.`,
      error,
    );
  }
}

async function storedConfig(directory: string): Promise<string> {
  const path = join(directory, 'config.json');
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return path;
  throw userError(
    'CONFIG_UNREADABLE',
    `${directory} is a directory without a config.json, so it is not a run; give a config file or a run directory.`,
  );
}

async function readText(path: string): Promise<string> {
  try {
    await sizeOfFile(path);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw userError('CONFIG_UNREADABLE', `Config ${path} cannot be read: ${reason(error)}.`, error);
  }
}

/** YAML 1.2 core, of which JSON is a part: no tags that construct objects, no repeated keys. */
function parseText(path: string, text: string): unknown {
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true, prettyErrors: true, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw userError('CONFIG_UNREADABLE', `${path} cannot be parsed: ${firstLine(cause)}.`, cause);
  }
}

async function importConfig(path: string): Promise<unknown> {
  const module = (await importScript(path, 'CONFIG_UNREADABLE')) as { default?: unknown; config?: unknown };
  const config = module.default ?? module.config;
  if (config !== undefined) return config;
  throw userError('CONFIG_INVALID', `${path} exports no config; write "export default { … }".`);
}

/** What a JavaScript or TypeScript file of the user's exports; it is run. */
export async function importScript(path: string, code: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION') throw noTypeScript(path, code, error);
    throw userError(code, `${path} cannot be imported: ${firstLine(error)}.`, error);
  }
}

function noTypeScript(path: string, code: string, cause: unknown): Error {
  return userError(
    code,
    `Node ${process.version} cannot import TypeScript, so ${path} cannot be read; use Node 22.18 or newer, run lockstep with NODE_OPTIONS="--import tsx", or write it in ${code === 'CONFIG_UNREADABLE' ? 'YAML' : 'JavaScript'}.`,
    cause,
  );
}
