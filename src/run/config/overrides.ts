import { resolve } from 'node:path';
import { isPlain, normalizeConfig, requireSafe } from '../../coordinator/options/normalize.js';
import { userError } from '../../shared/errors.js';
import { givenPath } from '../../shared/givenPath.js';
import { pathKeys } from '../data/formats.js';
import { parseValue } from './files.js';

/** A value that takes the place of one in the config file. */
export interface Override {
  /** Dotted, in either spelling: `fit.batch_size`, `model.layers.0.units`. */
  readonly path: string;
  readonly value: unknown;
  /** The option that gave it, for messages: `--set`, `--epochs`. */
  readonly from: string;
}

/** Reads `key=value` of `--set`; the value is parsed as YAML. */
export function parseAssignment(text: string): Override {
  const at = text.indexOf('=');
  if (at < 1)
    throw userError(
      'INVALID_ASSIGNMENT',
      `--set ${text} is not an assignment; write --set key=value, such as --set fit.epochs=5.`,
    );
  return { path: text.slice(0, at).trim(), value: parseValue(text.slice(at + 1), `--set ${text}`), from: '--set' };
}

/** Settings that are paths: given as an override they start from the working directory, where the user typed them. */
const pathSettings = ['model.path', ...pathKeys.map((key) => `data.${key}`), 'run.out'];

/** A config with overrides in place of its own values, all in resolved names; null takes a value away. */
export function applyOverrides(config: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((result, override) => {
    const { keys, value } = canonicalKeys(override);
    const isPath = pathSettings.includes(keys.join('.')) && typeof value === 'string';
    return place(result, keys, isPath ? resolve(givenPath(value)) : value);
  }, config);
}

/** The override that gave the value at a path, if one did, and what it holds as the user wrote it. */
export function overrideAt(
  path: readonly string[],
  overrides: readonly Override[],
): { source: string; raw: unknown } | undefined {
  const found = overrides.findLast((override) =>
    canonicalKeys(override).keys.every((key, depth) => path[depth] === key),
  );
  return found && { source: found.from, raw: nest(found.path.split('.'), found.value) };
}

/** An override in resolved names. */
function canonicalKeys({ path, value, from }: Override): { keys: string[]; value: unknown } {
  const keys = path.split('.');
  keys.forEach((key, depth) => {
    if (key === '')
      throw userError('INVALID_ASSIGNMENT', `${from} ${path} has an empty key; write keys joined by single dots.`);
    requireSafe(key, keys.slice(0, depth));
  });
  const resolved = chain(normalizeConfig(nest(keys, value ?? 'nothing')), keys.length);
  return value === null ? { ...resolved, value: undefined } : resolved;
}

/** `a.b` and a value → { a: { b: value } }. */
function nest(keys: readonly string[], value: unknown): unknown {
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** Follows single keys downwards, at most `depth` of them. */
function chain(value: unknown, depth: number): { keys: string[]; value: unknown } {
  const keys: string[] = [];
  let level = value;
  while (keys.length < depth && isPlain(level) && Object.keys(level).length === 1) {
    const [key] = Object.keys(level);
    keys.push(key);
    level = level[key];
  }
  return { keys, value: level };
}

/** A copy of `level` with `value` at `path`, or without that key when it is undefined. */
function place(level: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(level)) return level.with(requireIndex(key, level.length), place(level[Number(key)], rest, value));
  const { [key]: before, ...others } = isPlain(level) ? level : {};
  const after = place(before, rest, value);
  return after === undefined ? others : { ...others, [key]: after };
}

function requireIndex(key: string, length: number): number {
  const index = Number(key);
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw userError(
    'INVALID_ASSIGNMENT',
    `--set names item ${key} of a list of ${length}; give a number from 0 to ${length - 1}.`,
  );
}
