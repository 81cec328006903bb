import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import { reductionOption } from '../options/losses.js';
import type { Objective } from '../options/objectives.js';
import { optimizerKinds } from '../options/optimizers.js';
import { shards } from '../options/trainerFields.js';
import { isPlain } from '../options/values.js';
import { isTracedGraph } from '../tracing/graph.js';
import { InexactValue, pathText } from './exactValues.js';
import { damaged } from './format.js';
import { packPlain, unpackPlain } from './plainMsgpack.js';
import type { CallbackState, FitPosition } from './position.js';

/**
 * What a checkpoint holds: everything that makes a run go on with the same bits, on any number of ranks. The section
 * `run` is this record; every vector is a section of its own, named by what it is.
 */
const count = z.int().min(0);
const plain = <T>() => z.custom<T>(isPlain);

/** Told as far as planning relies on it. */
const optimizer = z
  .looseObject({ kind: z.enum(optimizerKinds), learningRate: z.number(), decay: z.number() })
  .transform((found) => found as object as OptimizerSpec);

const isNamed = ({ name, graph }: { readonly name: string; readonly graph?: unknown }): boolean =>
  name !== 'traced' || isTracedGraph(graph);
const shape = z.looseObject({ name: z.string() });
const named = shape.refine(isNamed);
/** Checkpoints of before say nothing of a reduction. */
const loss = shape.extend(reductionOption).refine(isNamed);
const objective = z
  .looseObject({
    loss: loss.nullable(),
    metrics: z.array(named),
    weightedMetrics: z.array(named),
    lossWeight: z.number(),
  })
  .transform((found) => found as object as Objective);

const position = z
  .strictObject({
    epoch: count,
    batch: count,
    totals: z.array(z.number()),
    history: z.record(z.string(), z.array(z.number())),
    stopped: z.boolean(),
    rows: z.int().min(1).nullable(),
    batchSize: z.int().min(1).nullable(),
    stepsPerEpoch: z.int().min(1).nullable().default(null),
    taken: count.default(0),
  })
  .transform((found): FitPosition => found);

const schema = z.strictObject({
  topology: plain<Topology>(),
  objectives: z.array(objective),
  optimizer,
  /** URLs of modules that register layers of the model. */
  modules: z.array(z.string()).default([]),
  seed: count,
  shards: shards(),
  workers: z.int().min(1),
  /** Updates applied. */
  step: count,
  /** Epochs finished over the whole run: keys the next shuffle. */
  epochsTrained: count,
  /** The base learning rate in force, which callbacks may have changed. */
  learningRate: z.number(),
  /** Where an unfinished `fit` stands, or null. */
  position: position.nullable(),
  /** What the callbacks of that `fit` remember. */
  callbacks: z.array(
    z.strictObject({ name: z.string(), state: z.unknown() }).transform((found): CallbackState => found),
  ),
});

export type RunRecord = z.output<typeof schema>;

/** A checkpoint that has been read. */
export interface Checkpoint extends RunRecord {
  /** WeightsAndMoments by section name, float32 little-endian. */
  readonly vectors: ReadonlyMap<string, Uint8Array>;
}

/** Names of the sections. */
export const RUN_SECTION = 'run';
export const weightSection = (weight: string): string => `weight/${weight}`;
/** An optimizer's vector, such as `m` of Adam, for one weight. */
export const momentSection = (vector: string, weight: string): string => `optimizer/${vector}/${weight}`;

/** Elements of all weights that a checkpoint holds. */
export function weightElements({ vectors }: Checkpoint): number {
  const weights = [...vectors].filter(([name]) => name.startsWith(weightSection('')));
  return weights.reduce((sum, [, bytes]) => sum + bytes.byteLength / 4, 0);
}

export function encodeRun(run: RunRecord): Uint8Array {
  try {
    return packPlain(run);
  } catch (error) {
    throw error instanceof InexactValue ? inexact(run, error) : error;
  }
}

/** Where a callback of the user's remembers what a checkpoint cannot hold. */
function inexact({ callbacks }: RunRecord, error: InexactValue): Error {
  const [part, index, , ...path] = error.path;
  if (part !== 'callbacks') return userError('INVALID_STATE', `A checkpoint cannot hold ${error.message}.`, error);
  const { name } = callbacks[Number(index)];
  return userError(
    'INVALID_STATE',
    `A checkpoint cannot hold what the callback ${name} remembers: state()${path.length === 0 ? '' : pathText(path)} is ${error.what}; return numbers, texts, booleans, null, typed arrays, Dates, Maps, Sets, and arrays and plain objects of these.`,
    error,
  );
}

export function decodeRun(path: string, bytes: Uint8Array): RunRecord {
  try {
    return schema.parse(unpackPlain(bytes));
  } catch (error) {
    throw damaged(path, `its section ${RUN_SECTION} cannot be read`, error);
  }
}
