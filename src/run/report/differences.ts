import { isPlain } from '../../coordinator/options/values.js';
import { parseConfig } from '../config/read.js';
import type { RunConfig } from '../config/schema.js';

/** One setting of a config, by its path. */
export interface Setting {
  readonly path: string;
  readonly value: string;
  /** What it would be had nobody said anything, in words where there is no value. */
  readonly standard: string;
}

/** What a run stores although nobody has asked for it: settled when it began. */
const RESOLVED = ['run.out', 'run.shards', 'run.engine', 'run.workers'];

/** The settings of a config that are not what they are by themselves, the model's layers aside. */
export function chosenSettings(config: RunConfig): Setting[] {
  const { data, compile, fit, run } = config;
  return leavesOf({ data, compile, fit, run }, [])
    .filter(([path]) => !RESOLVED.includes(path.join('.')))
    .map(([path, value]) => ({ path: path.join('.'), value: shown(value), standard: standardOf(config, path) }))
    .filter(({ value, standard }) => value !== standard);
}

/** Settings of several runs that are not the same in all: by path, the value of each run. */
export function differingSettings(configs: readonly RunConfig[]): [path: string, values: string[]][] {
  const all = configs.map(
    ({ name: _, ...config }) => new Map(leavesOf(config, []).map(([p, v]) => [p.join('.'), shown(v)])),
  );
  const paths = [...new Set(all.flatMap((settings) => [...settings.keys()]))];
  return paths
    .map((path): [string, string[]] => [path, all.map((settings) => settings.get(path) ?? '–')])
    .filter(([, values]) => new Set(values).size > 1);
}

type Leaf = [path: string[], value: unknown];

/** Lists are values as a whole: a list of layers or callbacks has no defaults of its own. */
function leavesOf(value: unknown, path: string[]): Leaf[] {
  if (!isPlain(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, below]) => leavesOf(below, [...path, key]));
}

/** What the schema puts in the place of a setting that is left out; some may not be. */
function standardOf(config: RunConfig, path: readonly string[]): string {
  try {
    const found = path.reduce<unknown>(
      (at, key) => (at as Record<string, unknown>)[key],
      parseConfig(without(config, path)),
    );
    return found === undefined ? 'none' : shown(found);
  } catch {
    return 'must be given';
  }
}

function without(config: RunConfig, path: readonly string[]): RunConfig {
  const copy = structuredClone(config) as unknown as Record<string, unknown>;
  const at = path.slice(0, -1).reduce((parent, key) => parent[key] as Record<string, unknown>, copy);
  delete at[path[path.length - 1]];
  return copy as unknown as RunConfig;
}

const LONGEST = 200;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
}
