import type { Pass } from '../shared/kernels/pass.js';
import { control } from '../shared/memory/control.js';
import type { PassPlan } from '../shared/partition/shardPlan.js';
import { treeSum } from '../shared/partition/tree.js';
import type { Port, StageName } from '../shared/program/program.js';
import { addTotals, foldMoments, momentsOf } from '../shared/program/totals.js';
import type { Half } from '../shared/protocol/messages.js';
import { awaitAll } from './awaitAll.js';
import { batchRows, batchStart, type Feed, isWeighted } from './batch.js';
import type { OpenColumn } from './columns.js';
import { reduceCopies, refreshCopies } from './copies.js';
import type { Rank } from './rank.js';
import { updateSlice } from './update.js';
import { addPenaltyGradients, clearUnreached, sumPenalties, totalPenalty } from './weightRules.js';

/**
 * How a step ended: go on; stop here because the coordinator asked; stop because the loss is not finite, before the
 * update; stop because the update is not, so that the weights are of no use.
 */
export type StepOutcome = 'continue' | 'stop' | 'nonFinite' | 'spoilt';

/** One step of training: batch `batch` of the feed, update number `step`; or a half of it, as `Run` has it. */
export function trainStep(rank: Rank, feed: Feed, batch: number, step: number, half: Half | null = null): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  if (!passThrough(rank, feed, plan, batch, half)) return 'continue';
  // Every rank adds the same sums in the same order, so all agree without another barrier.
  if (!isLossFinite(rank, plan)) return recordBatch(rank, plan, 'nonFinite');
  reduce(rank, plan);
  update(rank, plan.rootSlab, step);
  moveAverages(rank, plan);
  return endStep(rank, recordBatch(rank, plan, stopDecided(rank) ? 'stop' : 'continue'));
}

/** The first half of a step: each rank leaves its slice of the gradient in `gradient`. Moving averages move, weights do not. */
export function gradientStep(
  rank: Rank,
  feed: Feed,
  batch: number,
  step: number,
  gradient: Float32Array,
  half: Half | null = null,
): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  if (!passThrough(rank, feed, plan, batch, half)) return 'continue';
  if (!isLossFinite(rank, plan)) return recordBatch(rank, plan, 'nonFinite');
  reduce(rank, plan);
  const { from, to } = rank.update.slice;
  gradient.set(rank.f32.subarray(plan.rootSlab + from, plan.rootSlab + to), from);
  moveAverages(rank, plan);
  return endStep(rank, recordBatch(rank, plan, 'continue'));
}

/** The second half of a step: update number `step` with the gradient that is given. */
export function applyStep(rank: Rank, step: number, gradient: Float32Array): StepOutcome {
  rank.clock.step = step;
  rank.clock.enter('gather');
  // A slab of any batch serves.
  const { rootSlab } = rank.planFor(1);
  const { from, to } = rank.update.slice;
  rank.f32.set(gradient.subarray(from, to), rootSlab + from);
  update(rank, rootSlab, step);
  return endStep(rank, 'continue');
}

/** One batch of evaluation: forward in inference mode, loss and metrics; or a half of it. */
export function evaluateStep(
  rank: Rank,
  feed: Feed,
  batch: number,
  step: number,
  half: Half | null = null,
): StepOutcome {
  const plan = planBatch(rank, feed, batch, step);
  if (half !== 'second') {
    gather(rank, feed, plan, batch);
    runStage(rank, isWeighted(feed) ? 'weightedEvaluation' : 'evaluation', plan);
  }
  if (half === 'first') return 'continue';
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
  columns: readonly OpenColumn[],
  ports: readonly Port[],
): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i];
    const buffer = program.offsets[ports[i].buffer];
    if (column.read === undefined) engine.gather(pass, column, buffer, order, start);
    else engine.gather(pass, { ...column, values: column.read(pass, order, start) }, buffer, null, 0);
  }
}

/** Forward and backward; at its end all ranks meet. False after the first half, which ends with forward. */
function passThrough(rank: Rank, feed: Feed, plan: PassPlan, batch: number, half: Half | null): boolean {
  if (half !== 'second') {
    gather(rank, feed, plan, batch);
    runStage(rank, isWeighted(feed) ? 'weightedForward' : 'forward', plan);
  }
  if (half === 'first') return false;
  runStage(rank, 'backward', plan);
  sumPenalties(rank);
  decideStop(rank);
  awaitAll(rank);
  return true;
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

/** Completes the gradient of the rank's slice, in the root slab. */
function reduce(rank: Rank, plan: PassPlan): void {
  rank.clock.enter('reduce');
  const { from, to } = rank.update.slice;
  rank.engine.reduce(plan.adds, from, to);
  clearUnreached(rank, plan.rootSlab);
  reduceCopies(rank, plan);
  addPenaltyGradients(rank, plan.rootSlab);
}

function update(rank: Rank, gradient: number, step: number): void {
  const isUpdateFinite = updateSlice(rank, gradient, step);
  refreshCopies(rank);
  if (!isUpdateFinite) spoil(rank);
}

function moveAverages(rank: Rank, { pass }: PassPlan): void {
  if (rank.rank === 0 && !runAverages(rank, pass)) spoil(rank);
}

function spoil({ arena }: Rank): void {
  Atomics.store(arena.control, control.spoilt, 1);
}

/** All ranks meet, and see whether any has made something that is not finite. */
function endStep(rank: Rank, outcome: StepOutcome): StepOutcome {
  awaitAll(rank);
  return Atomics.load(rank.arena.control, control.spoilt) === 1 ? 'spoilt' : outcome;
}

/** Moving averages are in no slice; rank 0 keeps them. Whether all are finite. */
function runAverages({ engine, program, update: { parameters, moving } }: Rank, pass: PassPlan['pass']): boolean {
  const segments = program.stages.averages.length;
  for (let segment = 0; segment < segments; segment++) engine.run('averages', segment, pass);
  return moving.every(({ from, to }) => Number.isFinite(engine.sumOf('absolutes', parameters + from, to - from)));
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
  const { measures } = rank.program;
  const [{ first, weight }] = measures;
  totals[count + first] += totalPenalty(rank) * totals[count + weight];
  recordMoments(rank, plan);
  if (outcome !== 'nonFinite') addTotals(measures, totals, 0, count, count);
  return outcome;
}

/** The totals of the batch that are no sums. */
function recordMoments({ arena: { sums, totals }, program }: Rank, { pass }: PassPlan): void {
  const { measures, sumCount, totalCount } = program;
  for (const { first, count } of momentsOf(measures)) {
    const own = foldMoments(sums, count, pass.batchShards, (shard) => shard * sumCount + first - 1);
    totals.set(own, totalCount + first);
  }
}

function copyPredictions(rank: Rank, { pass }: PassPlan, start: number, predictions: readonly Float32Array[]): void {
  const { f32 } = rank;
  rank.program.outputs.forEach((port, i) => {
    const { size } = rank.program.buffers[port.buffer];
    const from = rank.program.offsets[port.buffer] + pass.firstRow * size;
    copyNumbers(f32.subarray(from, from + pass.rows * size), predictions[i], (start + pass.firstRow) * size);
  });
}

/** A NaN is written as the one that JavaScript has: the bits of others are the instruction set's. */
function copyNumbers(from: Float32Array, into: Float32Array, at: number): void {
  into.set(from, at);
  for (let e = 0; e < from.length; e++) if (Number.isNaN(from[e])) into[at + e] = Number.NaN;
}
