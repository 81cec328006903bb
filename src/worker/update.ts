import { decayed } from '../shared/optimizers/optimizers.js';
import { learningRateAt } from '../shared/optimizers/schedules.js';
import { accumulationSteps } from '../shared/optimizers/updateRules.js';
import { clipsByNorm } from '../shared/partition/slices.js';
import { awaitAll } from './awaitAll.js';
import type { Rank } from './rank.js';
import { constrainWeights } from './weightRules.js';

/**
 * From the reduced gradient of a step, which stands at arena offset `gradient`, to the new weights of the rank's slice.
 * The order is Keras's: accumulate, clip, decay, update, average, constrain. Whether gradient and weights are finite.
 */
export function updateSlice(rank: Rank, gradient: number, step: number): boolean {
  rank.clock.enter('update');
  const every = accumulationSteps(rank.update.spec);
  const isDue = (step + 1) % every === 0;
  const allFinite = isDue ? applyUpdate(rank, gradient, step) : addSlab(rank, rank.update.gradientSum, gradient);
  if (rank.update.average >= 0) averageWeights(rank, Math.floor(step / every));
  constrainWeights(rank);
  return allFinite;
}

/** One update with the gradients of all batches since the last, which are added in the order of the batches. */
function applyUpdate(rank: Rank, gradient: number, step: number): boolean {
  const { spec, rule, parts, gradientSum, slice } = rank.update;
  const every = accumulationSteps(spec);
  if (gradientSum >= 0) {
    addSlab(rank, gradient, gradientSum);
    rank.f32.fill(0, gradientSum + slice.from, gradientSum + slice.to);
  }
  const rate = decayed(learningRateAt(spec.schedule, rank.arena.scalars[0], step), spec.decay, step);
  const scalars = rule.scalars(spec, rate, Math.floor(step / every));
  const { weightDecay = 0 } = spec;
  const scaleOf = clipsByNorm(spec) ? clippedScale(rank, gradient, 1 / every) : () => 1 / every;
  let allFinite = true;
  for (const { call, parameter, decays, shapeScalars } of parts) {
    call.gradient = gradient;
    call.gradientScale = scaleOf(parameter);
    call.weightLoss = decays ? rate * weightDecay : 0;
    call.scalars = shapeScalars.length === 0 ? scalars : [...scalars, ...shapeScalars];
    if (!rank.engine.update(rule.kernel.name, call)) allFinite = false;
  }
  return allFinite;
}

/** Slab a += slab b over the slice; whether it is finite. */
function addSlab({ engine, update: { slice } }: Rank, a: number, b: number): boolean {
  return engine.reduce(Int32Array.of(a, b), slice.from, slice.to);
}

/**
 * Clips by length, after Pascanu, Mikolov and Bengio (2013): the factor of a parameter's gradient, of which `scale`
 * times the slab is the mean. Every rank sums the squares of its own blocks; all add all blocks in one order.
 */
function clippedScale(rank: Rank, gradient: number, scale: number): (parameter: number) => number {
  const { spec, blocks, ownBlocks, blocksOf } = rank.update;
  const sums = rank.arena.blockSums.gradient;
  for (let i = ownBlocks[0]; i < ownBlocks[1]; i++) {
    sums[i] = rank.engine.sumOf('squares', gradient + blocks[i].from, blocks[i].to - blocks[i].from);
  }
  awaitAll(rank);
  rank.clock.enter('update');
  const factor = (most: number, squares: number): number => (scale * most) / Math.max(scale * Math.sqrt(squares), most);
  const { clipnorm, globalClipnorm } = spec;
  if (clipnorm !== undefined) return (parameter) => factor(clipnorm, addBlocks(sums, blocksOf[parameter]));
  const shared = factor(globalClipnorm as number, addBlocks(sums, [0, blocks.length]));
  return () => shared;
}

function addBlocks(sums: Float64Array, [first, end]: readonly [number, number]): number {
  let sum = 0;
  for (let i = first; i < end; i++) sum += sums[i];
  return sum;
}

/** Moving averages of the slice's weights; the first is the weights themselves. `update`: updates done before. */
function averageWeights({ engine, f32, update: plan }: Rank, update: number): void {
  const { spec, slice, parameters, average } = plan;
  const momentum = update === 0 ? 0 : (spec.emaMomentum ?? 0.99);
  const untreated = { gradient: parameters, gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0 };
  engine.update('average', { parameters, ...untreated, ...slice, vectors: [average], scalars: [momentum] });
  if (spec.emaOverwriteFrequency === undefined || (update + 1) % spec.emaOverwriteFrequency !== 0) return;
  f32.copyWithin(parameters + slice.from, average + slice.from, average + slice.to);
}
