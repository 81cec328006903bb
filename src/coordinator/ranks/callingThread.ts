import { MessageChannel } from 'node:worker_threads';
import { Arena } from '../../shared/memory/arena.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { Program } from '../../shared/program/program.js';
import { DOORBELL_BYTES, type KernelEngineName } from '../../shared/protocol/messages.js';
import type { Seed } from '../../shared/random/rng.js';
import { batchRows, type Feed, isWeighted } from '../../worker/batch.js';
import { openColumn } from '../../worker/columns.js';
import type { Engine, EngineInput } from '../../worker/engines/engine.js';
import { createNativeEngine } from '../../worker/engines/native.js';
import { createReferenceEngine } from '../../worker/engines/reference.js';
import { attachRankNow, type Rank } from '../../worker/rank.js';
import { evaluateStep, predictStep } from '../../worker/step.js';
import { place } from '../compiler/plan/layout.js';
import type { Dataset } from '../data/dataset.js';
import type { CalledFunctions } from '../tracing/called.js';
import { callMeasures } from './calledMeasures.js';

const engines: Readonly<Record<KernelEngineName, (input: EngineInput) => Engine>> = {
  native: createNativeEngine,
  reference: createReferenceEngine,
};

/** What a rank on the calling thread is made for. */
interface CallingThreadPlan {
  readonly program: Program;
  readonly engine: KernelEngineName;
  readonly optimizer: OptimizerSpec;
  readonly shards: number;
  readonly seed: Seed;
  readonly functions: CalledFunctions;
}

/** Rows for inference, and the updates before, which key what is drawn. */
interface InferenceRows {
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly firstStep: number;
}

/**
 * A rank on the calling thread, with memory of its own: it predicts and evaluates at once, without waking others. Sums are
 * formed over the same shards as those of other ranks, so that results have the same bits.
 */
export class CallingThreadRank {
  readonly #plan: CallingThreadPlan;
  #rank: Rank | null = null;
  #capacity = 0;

  constructor(plan: CallingThreadPlan) {
    this.#plan = { ...plan, program: inferenceOf(plan.program) };
  }

  /** The outputs for every row, with these parameters: all of the flat vector. */
  predict({ dataset, batchSize, firstStep }: InferenceRows, parameters: Float32Array): Float32Array[] {
    const feed = openFeed(dataset, batchSize);
    const rank = this.#rankFor(feed, parameters);
    const { outputs, buffers } = rank.program;
    const predictions = outputs.map(({ buffer }) => new Float32Array(dataset.rows * buffers[buffer].size));
    for (const batch of batchesOf(feed)) predictStep(rank, feed, batch, firstStep + batch, predictions);
    return predictions;
  }

  /** The totals of loss and metrics over the first `steps` batches. */
  evaluate({ dataset, batchSize, firstStep }: InferenceRows, steps: number, parameters: Float32Array): number[] {
    const feed = openFeed(dataset, batchSize);
    const rank = this.#rankFor(feed, parameters);
    rank.arena.totals.fill(0);
    for (const batch of batchesOf(feed).slice(0, steps)) this.#evaluateBatch(rank, feed, batch, firstStep + batch);
    return [...rank.arena.totals.subarray(0, rank.program.totalCount)];
  }

  #evaluateBatch(rank: Rank, feed: Feed, batch: number, step: number): void {
    const { shards, seed, functions } = this.#plan;
    const { program, arena } = rank;
    if (program.called === undefined) {
      evaluateStep(rank, feed, batch, step);
      return;
    }
    evaluateStep(rank, feed, batch, step, 'first');
    const rows = batchRows(feed, batch);
    const about = { rows, step, isTraining: false, isWeighted: isWeighted(feed) };
    callMeasures({ program, arena, functions, shards, seed }, about);
    evaluateStep(rank, feed, batch, step, 'second');
  }

  #rankFor(feed: Feed, parameters: Float32Array): Rank {
    const wanted = batchRows(feed, 0);
    if (this.#rank === null || this.#capacity < wanted) {
      this.#rank = attach(this.#plan, wanted);
      this.#capacity = wanted;
    }
    this.#rank.arena.parameters.set(parameters);
    return this.#rank;
  }
}

function openFeed({ rows, inputs, targets, weights }: Dataset, batchSize: number): Feed {
  const columns = {
    inputs: inputs.map(openColumn),
    targets: targets.map(openColumn),
    weights: weights.map(openColumn),
  };
  return { ...columns, rows, order: null, batchSize };
}

function batchesOf({ rows, batchSize }: Feed): number[] {
  return Array.from({ length: Math.ceil(rows / batchSize) }, (_, batch) => batch);
}

/** The program without what trains: neither gradients nor what they need take memory. */
function inferenceOf(program: Program): Program {
  const { stages } = program;
  const none = { forward: [[]], weightedForward: [[]], backward: [[]], averages: [] };
  return { ...program, slabLength: 0, stages: { ...stages, ...none } };
}

function attach({ program, engine, optimizer, shards, seed }: CallingThreadPlan, batchCapacity: number): Rank {
  const division = { workers: 1, shards };
  const placed = place(program, optimizer, division, batchCapacity);
  const { memory, layout } = new Arena(placed.layout);
  // It answers nobody, and nobody rings.
  const { port1: port } = new MessageChannel();
  const start = { rank: 0, port, doorbell: new SharedArrayBuffer(DOORBELL_BYTES), spins: 0, trainers: [0] };
  const attached = { type: 'attach', trainer: 0, attachment: 0, memory, layout, program: placed.program } as const;
  const rank = attachRankNow(
    start,
    { ...attached, optimizer, division, batchCapacity, engine, seed, profile: false, snapshots: null },
    engines[engine],
  );
  port.close();
  return rank;
}
