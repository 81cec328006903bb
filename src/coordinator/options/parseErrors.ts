import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { type LockstepError, userError } from '../../shared/errors.js';
import { aliasesOf, canonicalKey, isPlain } from './normalize.js';

/** Where the value at a path comes from, so that an error can name it as the user wrote it. */
export interface Origin {
  /** The file or option that gave it. */
  readonly source: string;
  /** What that holds, before names were resolved. */
  readonly raw: unknown;
  /** The section of a config that `raw` stands for, when it is not a whole one. */
  readonly section?: readonly string[];
}

export type OriginOf = (path: readonly string[]) => Origin;

type Issue = z.core.$ZodIssue;

/** The parsed value, or an error that says in one sentence what to mend. */
export function requireParsed<T extends z.ZodType>(schema: T, value: unknown, originOf: OriginOf): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw issueError(parsed.error.issues[0], schema, value, originOf);
}

function issueError(given: Issue, schema: z.ZodType, value: unknown, originOf: OriginOf): LockstepError {
  const issue = spokenIssue(given);
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return unknownKey([...path, issue.keys[0]], schema, originOf);
  const origin = originOf(path);
  const found = valueAt(value, path);
  const state = found === undefined ? 'is missing' : `is ${show(found)}`;
  const expected = `${issue.message}${nearestName(issue, found)}`;
  return userError('CONFIG_INVALID', `${origin.source}: ${writtenPath(path, origin)} ${state}; give ${expected}.`);
}

/** A union without words of its own speaks as its first option does. */
function spokenIssue(issue: Issue): Issue {
  const first = issue.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined;
  if (first === undefined || issue.message !== UNSPOKEN) return issue;
  return spokenIssue({ ...first, path: [...issue.path, ...first.path] });
}

const UNSPOKEN = 'Invalid input';

function unknownKey(path: readonly string[], schema: z.ZodType, originOf: OriginOf): LockstepError {
  const origin = originOf(path);
  const nearest = nearestKey(path, [...knownPaths(schema), ...spellings(path)]);
  return userError(
    'CONFIG_UNKNOWN_KEY',
    `${origin.source}: unknown key ${writtenPath(path, origin)}; did you mean ${nearest}?`,
  );
}

/** Other spellings that the section of a key accepts. */
function spellings(path: readonly string[]): string[] {
  const section = path.slice(0, -1);
  return Object.keys(aliasesOf(section)).map((alias) => [...section, alias].join('.'));
}

/** What a suggestion from another section costs, in letters. */
const ELSEWHERE = 1;

/** The known path whose last key is most like the given one, preferably of the same section. */
function nearestKey(path: readonly string[], known: readonly string[]): string {
  const key = path[path.length - 1].toLowerCase();
  const section = path.slice(0, -1).join('.');
  const cost = (candidate: string): number => {
    const dot = candidate.lastIndexOf('.');
    const away = candidate.slice(0, Math.max(dot, 0)) === section ? 0 : ELSEWHERE;
    return distance(key, candidate.slice(dot + 1).toLowerCase()) + away;
  };
  return known.reduce((best, candidate) => (cost(candidate) < cost(best) ? candidate : best));
}

/** Every key path of a schema, through defaults, unions and transforms. */
function knownPaths(schema: unknown, path: readonly string[] = []): string[] {
  const { def } = schema as {
    def: { shape?: object; innerType?: unknown; in?: unknown; out?: unknown; options?: readonly unknown[] };
  };
  const inner = [def.innerType, def.in, def.out, ...(def.options ?? [])].filter((part) => part !== undefined);
  const below = Object.entries(def.shape ?? {}).flatMap(([key, part]) => [
    [...path, key].join('.'),
    ...knownPaths(part, [...path, key]),
  ]);
  return [...below, ...inner.flatMap((part) => knownPaths(part, path))];
}

/** A resolved path with its keys as the user spelt them. */
function writtenPath(path: readonly string[], { raw, section = [] }: Origin): string {
  let level = raw;
  const written: string[] = [];
  for (const [depth, key] of path.entries()) {
    // A name alone stands for a section; what is wrong in that is wrong with the name.
    if (typeof level === 'string') break;
    const record: object = isPlain(level) || Array.isArray(level) ? level : {};
    const spelt =
      Object.keys(record).find((own) => canonicalKey([...section, ...path.slice(0, depth)], own) === key) ?? key;
    level = Object.hasOwn(record, spelt) ? (record as Record<string, unknown>)[spelt] : undefined;
    written.push(spelt);
  }
  return written.join('.');
}

function nearestName(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return '';
  return ` (nearest: ${closest(found, issue.values.map(String))})`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((level, key) => (level as Record<string, unknown> | undefined)?.[key], value);
}

/** A received value, short enough for a sentence. */
export function show(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
