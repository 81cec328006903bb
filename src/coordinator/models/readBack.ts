import { isDeepStrictEqual } from 'node:util';
import { type LockstepError, userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import { modelFromTopology, type Topology } from '../../shared/tfjs/buildModel.js';
import { discard } from '../../shared/tfjs/discard.js';
import type { ModelDescription } from '../compiler/lower/description.js';
import { describeModel } from './describe.js';
import { withInitializersOf } from './initializers.js';

/**
 * Refuses a model that would be another one after a resume, or a save and load: TensorFlow.js does not read all that it
 * writes. The model is read back from its topology, as a file holds it, and described once more.
 */
export async function requireReadBack(topology: Topology, given: ModelDescription): Promise<void> {
  const stored = JSON.parse(JSON.stringify(topology)) as Topology;
  const model = await modelFromTopology(stored).catch((error) => {
    throw lost(given, firstLine(error), error);
  });
  try {
    const difference = firstDifference(given, withInitializersOf(stored, describeModel(model)));
    if (difference !== undefined) throw lost(given, difference);
  } finally {
    discard(model);
  }
}

/** What is read back otherwise, as the end of a sentence. */
function firstDifference(given: ModelDescription, read: ModelDescription): string | undefined {
  const count = Math.max(given.layers.length, read.layers.length);
  for (const [before, after] of Array.from({ length: count }, (_, i) => [given.layers[i], read.layers[i]])) {
    const found = differingKey(factsOf(before), factsOf(after, before));
    if (found !== undefined) return `layer ${(before ?? after).name} has another ${found}`;
  }
  const found = differingKey(plain({ ...given, layers: [] }), plain({ ...read, layers: [] }));
  return found && `it has other ${found}`;
}

type Facts = Readonly<Record<string, unknown>>;

/** A layer with its arguments. Names of what it holds, such as cells, are given anew; a trace follows from its class. */
function factsOf({ config = {}, traced: _, ...layer }: LayerFacts = {}, given?: LayerFacts): Facts {
  // Where a class of Lockstep's takes the place of one of TensorFlow.js, it tells its defaults for arguments that the other one lacks.
  const added = given === undefined ? [] : Object.keys(config).filter((key) => !(key in (given.config ?? {})));
  return { ...plain(layer), ...plain(config, ['dtype', 'name', ...added]) };
}

type LayerFacts = Partial<ModelDescription['layers'][number]>;

/**
 * As JSON holds it, but for what says nothing: TensorFlow.js reads an argument that is 0, false or left out as null, and
 * the other way round, and gives the others their defaults, which are seen here. All numbers are float32 whatever `dtype`.
 */
function plain(facts: object, without: readonly string[] = ['dtype']): Facts {
  const told = Object.entries(facts).filter(([key]) => !without.includes(key));
  const values = told.map(([key, value]) => [key, plainValue(value, without)]);
  return Object.fromEntries(values.filter(([, value]) => !isNothing(value)));
}

function plainValue(value: unknown, without: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((inner) => plainValue(inner, without));
  return typeof value === 'object' && value !== null ? plain(value, without) : value;
}

function isNothing(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

function differingKey(a: Facts, b: Facts): string | undefined {
  const key = [...new Set([...Object.keys(a), ...Object.keys(b)])].find((one) => !isDeepStrictEqual(a[one], b[one]));
  return key && `${key}: ${JSON.stringify(b[key])} instead of ${JSON.stringify(a[key])}`;
}

function lost({ name }: ModelDescription, what: string, cause?: unknown): LockstepError {
  return userError(
    'UNSUPPORTED_MODEL',
    `Model ${name} would not be the same after a resume or a load, as TensorFlow.js does not read back all that it writes (${what}); let getConfig of every layer tell all that the layer was made with.`,
    cause,
  );
}
