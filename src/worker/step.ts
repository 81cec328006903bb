import type { Pass } from '../shared/kernels/pass.js';
import { control } from '../shared/memory/control.js';
import type { PassPlan } from '../shared/partition/shardPlan.js';
import { treeSum } from '../shared/partition/tree.js';
import type { Port, StageName } from '../shared/program/program.js';
import { awaitAll } from './awaitAll.js';
import { batchRows, batchStart, type Feed, isWeighted } from './batch.js';
import { reduceCopies, refreshCopies } from './copies.js';
import type { ColumnSource } from './engines/engine.js';
import type { Rank } from './rank.js';
import { updateSlice } from './update.js';
import { sumPenalties, totalPenalty } from './weightRules.js';

/** How a step ended: go on, stop here because the coordinator asked, or stop because the loss is not finite. */
export type StepOutcome = 'continue' | 'stop' | 'nonFinite';

/** One step of training: batch `batch` of the feed, update number `step`. */
export function trainStep(rank: Rank, feed: Feed, batch: number, step: number): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  gather(rank, feed, plan, batch);
  runStage(rank, isWeighted(feed) ? 'weightedForward' : 'forward', plan);
  runStage(rank, 'backward', plan);
  sumPenalties(rank);
  decideStop(rank);
  awaitAll(rank);
  // Every rank adds the same sums in the same order, so all agree without another barrier.
  if (!isLossFinite(rank, plan)) return recordBatch(rank, plan, 'nonFinite');
  reduce(rank, plan);
  update(rank, plan, step);
  const outcome = recordBatch(rank, plan, stopDecided(rank) ? 'stop' : 'continue');
  awaitAll(rank);
  return outcome;
}

/** One batch of evaluation: forward in inference mode, loss and metrics. */
export function evaluateStep(rank: Rank, feed: Feed, batch: number, step: number): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  gather(rank, feed, plan, batch);
  runStage(rank, isWeighted(feed) ? 'weightedEvaluation' : 'evaluation', plan);
  sumPenalties(rank);
  awaitAll(rank);
  const outcome = recordBatch(rank, plan, 'continue');
  awaitAll(rank);
  return outcome;
}

/** One batch of prediction: forward in inference mode, each rank copies out its own rows. */
export function predictStep(
  rank: Rank,
  feed: Feed,
  batch: number,
  step: number,
  predictions: readonly Float32Array[],
): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  gather(rank, feed, plan, batch);
  runStage(rank, 'prediction', plan);
  rank.clock.enter('output');
  copyPredictions(rank, plan, batchStart(feed, batch), predictions);
  // In a ragged batch a row may belong to another rank than before.
  awaitAll(rank);
  return 'continue';
}

function planBatch(rank: Rank, feed: Feed, batch: number, step: number): PassPlan {
  const plan = rank.planFor(batchRows(feed, batch));
  plan.pass.step = step;
  rank.clock.step = step;
  return plan;
}

function gather(rank: Rank, feed: Feed, { pass }: PassPlan, batch: number): void {
  rank.clock.enter('gather');
  const { inputs, targets, weights } = rank.program;
  const start = batchStart(feed, batch);
  gatherInto(rank, feed, pass, start, feed.inputs, inputs);
  gatherInto(rank, feed, pass, start, feed.targets, targets);
  gatherInto(rank, feed, pass, start, feed.weights, weights);
}

function gatherInto(
  { engine, program }: Rank,
  { order }: Feed,
  pass: Pass,
  start: number,
  columns: readonly ColumnSource[],
  ports: readonly Port[],
): void {
  for (let i = 0; i < columns.length; i++) {
    engine.gather(pass, columns[i], program.offsets[ports[i].buffer], order, start);
  }
}

/** Runs a stage segment by segment; between them all ranks meet, as a sync point needs everybody's sums. */
function runStage(rank: Rank, stage: StageName, { pass }: PassPlan): void {
  const segments = rank.program.stages[stage].length;
  for (let segment = 0; segment < segments; segment++) {
    if (segment > 0) awaitAll(rank, 'sync');
    rank.clock.enter(stage === 'backward' ? 'backward' : 'forward');
    rank.engine.run(stage, segment, pass);
  }
}

function reduce(rank: Rank, plan: PassPlan): void {
  rank.clock.enter('reduce');
  const { from, to } = rank.update.slice;
  rank.engine.reduce(plan.adds, from, to);
  reduceCopies(rank, plan);
}

function update(rank: Rank, { rootSlab, pass }: PassPlan, step: number): void {
  updateSlice(rank, rootSlab, step);
  refreshCopies(rank);
  if (rank.rank === 0) runAverages(rank, pass);
}

/** Moving averages are in no slice; rank 0 keeps them. */
function runAverages(rank: Rank, pass: PassPlan['pass']): void {
  const segments = rank.program.stages.averages.length;
  for (let segment = 0; segment < segments; segment++) rank.engine.run('averages', segment, pass);
}

/** Rank 0 alone reads the stop word, before a barrier, so that all ranks stop after the same step. */
function decideStop(rank: Rank): void {
  if (rank.rank !== 0) return;
  const words = rank.arena.control;
  Atomics.store(words, control.lastStep, Atomics.load(words, control.stop));
}

function stopDecided(rank: Rank): boolean {
  return Atomics.load(rank.arena.control, control.lastStep) !== 0;
}

function isLossFinite(rank: Rank, plan: PassPlan): boolean {
  return rank.program.lossSums.every((sum) => Number.isFinite(batchSum(rank, plan, sum)));
}

/** Sum number `sum` over the whole batch, added in tree order. */
function batchSum(rank: Rank, plan: PassPlan, sum: number): number {
  const { sums } = rank.arena;
  const { sumCount } = rank.program;
  return treeSum({ first: 0, count: plan.pass.batchShards }, (shard) => sums[shard * sumCount + sum]);
}

/** Rank 0 adds the batch to the totals: rows and sums so far, then the same of this batch alone. */
function recordBatch(rank: Rank, plan: PassPlan, outcome: StepOutcome): StepOutcome {
  if (rank.rank !== 0) return outcome;
  const { totals } = rank.arena;
  const count = rank.program.totalCount;
  totals[count] = plan.pass.batchRows;
  for (let i = 1; i < count; i++) totals[count + i] = batchSum(rank, plan, i - 1);
  // The loss is a mean over weights, of which each counts the penalty once.
  const { first, weight } = rank.program.measures[0];
  totals[count + first] += totalPenalty(rank) * totals[count + weight];
  if (outcome !== 'nonFinite') for (let i = 0; i < count; i++) totals[i] += totals[count + i];
  return outcome;
}

function copyPredictions(rank: Rank, { pass }: PassPlan, start: number, predictions: readonly Float32Array[]): void {
  const { f32 } = rank;
  rank.program.outputs.forEach((port, i) => {
    const { size } = rank.program.buffers[port.buffer];
    const from = rank.program.offsets[port.buffer] + pass.firstRow * size;
    predictions[i].set(f32.subarray(from, from + pass.rows * size), (start + pass.firstRow) * size);
  });
}
