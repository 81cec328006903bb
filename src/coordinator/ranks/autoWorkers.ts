import { publishedNodes } from '../../shared/partition/shardPlan.js';
import type { EngineName } from '../../shared/protocol/messages.js';
import { type ModelDescription, type NodeDescription, sizeOf } from '../compiler/lower/description.js';

/** How many ranks `workers: 'auto'` takes, and why, in words for logs and `inspect`. */
export interface ChosenWorkers {
  readonly workers: number;
  /** How many there may be. */
  readonly most: number;
  readonly reason: string;
}

interface Step {
  readonly batchSize: number;
  readonly shards: number;
  readonly engine: EngineName;
  /** The most that may be taken: cores, at most the shards. */
  readonly most: number;
}

/**
 * What a step costs, in microseconds. `lockstep bench sweep` shows where these put the border between one rank and
 * several, and what that loses against the best number; they need not be exact, as both are alike near the border.
 */
const COST = {
  /** Operations a microsecond of one core: about a third of what a core with AVX-512 can do, as small matrices reach. */
  operations: { native: 60_000, reference: 400, tensorflow: 10_000, tfjs: 300 },
  /** Bytes a microsecond of one core in reduce and update. */
  bytes: 8_000,
  /** Two barriers of ranks that spin, and reading what other cores have written. */
  meeting: 12,
  /** The same for every further rank. */
  furtherRank: 1,
} as const;

/** Operations of one element through activation, pooling or loss, forward and back. */
const OPERATIONS_PER_ELEMENT = 10;

/** A further rank has to save this share of the step. */
const LEAST_GAIN = 0.02;

/** The number of ranks for which a step is predicted to be fastest, the smaller one where they are alike. */
export function chooseWorkers(model: ModelDescription, step: Step): ChosenWorkers {
  const work = operationsPerRow(model) * step.batchSize;
  const parameters = model.layers
    .filter(({ trained }) => trained)
    .reduce((sum, { weights }) => sum + weights.reduce((all, { shape }) => all + sizeOf(shape), 0), 0);
  let workers = 1;
  let time = stepMicroseconds(work, parameters, 1, step);
  for (let count = 2; count <= step.most; count++) {
    const next = stepMicroseconds(work, parameters, count, step);
    if (next < time * (1 - LEAST_GAIN)) [workers, time] = [count, next];
  }
  const each = `a step of ${step.batchSize} rows is about ${(work / 1e6).toPrecision(2)} million operations`;
  return { workers, most: step.most, reason: `${each}, fastest on ${workers} of at most ${step.most} ranks` };
}

/** The predicted time of a step. */
function stepMicroseconds(work: number, parameters: number, workers: number, { engine, shards }: Step): number {
  const alone = work / COST.operations[engine] + bytesMoved(parameters, workers, shards) / COST.bytes;
  return alone / workers + (workers > 1 ? COST.meeting + (workers - 2) * COST.furtherRank : 0);
}

/**
 * Bytes that reduce and update move. Each addition of two slabs reads two vectors and writes one; Adam reads parameters,
 * gradient and two moments and writes three.
 */
export function bytesMoved(parameters: number, workers: number, shards: number): number {
  const slabs = publishedNodes(Math.max(shards, workers), workers).length;
  return 4 * parameters * (3 * (slabs - 1) + 7);
}

/** Floating-point operations of one row in a training step, roughly: a multiply-add is two, forward and twice back. */
function operationsPerRow({ layers, nodes }: ModelDescription): number {
  return nodes.reduce((sum, node) => {
    const { type, weights } = layers[node.layer];
    const matrices = weights.filter(({ shape }) => shape.length > 1);
    const multiplyAdds = matrices.reduce((all, { shape }) => all + sizeOf(shape), 0) * positionsOf(type, node);
    return sum + 6 * multiplyAdds + OPERATIONS_PER_ELEMENT * node.outputShapes.reduce((all, s) => all + sizeOf(s), 0);
  }, 0);
}

/** How often a layer's matrices are applied to a row: at every place of its output, or at every time of its input. */
function positionsOf(type: string, { inputShapes: [input], outputShapes: [output] }: NodeDescription): number {
  if (type === 'Embedding') return 0;
  if (/RNN|LSTM|GRU|Bidirectional/.test(type)) return input?.[0] ?? 1;
  return sizeOf(output.slice(0, -1));
}
