import { treeSum } from '../../partition/tree.js';
import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { storeSloped } from './activation.js';
import { foldShards } from './foldShards.js';
import { ScratchRow } from './scratch.js';

/** Ioffe and Szegedy, "Batch normalization", 2015, over the whole global batch: its sums cross ranks at sync points. */

type Channels = { readonly inner: number; readonly channels: number };
type Statistics = Channels & { readonly sum: number; readonly epsilon: number };

const means = new ScratchRow();
const scales = new ScratchRow();
const gradientMeans = new ScratchRow();
const gradients = new ScratchRow();

export const batchNormSums: Kernel<KernelArguments<'batchNormSums'>> = (memory, pass, a) => {
  sumByShard(memory, pass, a, a.sum, (sums, first, at) => {
    for (let c = 0; c < a.channels; c++) {
      const x = memory.f32[a.x + at + c];
      sums[first + c] += x;
      sums[first + a.channels + c] += x * x;
    }
  });
};

export const batchNormForward: Kernel<KernelArguments<'batchNormForward'>> = (memory, pass, a) => {
  const { mean, scale } = batchStatistics(memory, pass, a);
  normalize(memory, pass, a, mean, scale);
};

export const batchNormInference: Kernel<KernelArguments<'batchNormInference'>> = (memory, pass, a) => {
  const { f32, parameters } = memory;
  const mean = means.of(a.channels);
  for (let c = 0; c < a.channels; c++) mean[c] = f32[parameters + a.mean + c];
  normalize(memory, pass, a, mean, givenScale(memory, a));
};

export const batchNormGradientSums: Kernel<KernelArguments<'batchNormGradientSums'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const { mean, scale } = batchStatistics(memory, pass, a);
  sumByShard(memory, pass, a, a.gradientSum, (sums, first, at) => {
    for (let c = 0; c < a.channels; c++) {
      const dy = f32[a.dy + at + c];
      sums[first + c] += dy;
      sums[first + a.channels + c] += dy * (f32[a.x + at + c] - mean[c]) * scale[c];
    }
  });
  publishSums(memory, pass, a.beta, a.channels, a.gradientSum);
  publishSums(memory, pass, a.gamma, a.channels, a.gradientSum + a.channels);
};

export const batchNormInputGradient: Kernel<KernelArguments<'batchNormInputGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const { mean, scale } = batchStatistics(memory, pass, a);
  const gradientMean = batchMeans(memory, pass, a, a.gradientSum, 2 * a.channels, gradientMeans);
  const sum = gradients.of(a.channels);
  eachPosition(pass.firstRow, pass.firstRow + pass.rows, a, (at) => {
    for (let c = 0; c < a.channels; c++) {
      const normalized = (f32[a.x + at + c] - mean[c]) * scale[c];
      const centred = f32[a.dy + at + c] - gradientMean[c] - normalized * gradientMean[a.channels + c];
      sum[c] = factor(memory, a.gamma, c, 1) * scale[c] * centred;
    }
    storeSloped(f32, a.dx + at, sum, a.x + at, a.channels, a.activation);
  });
};

export const batchNormFrozenGradient: Kernel<KernelArguments<'batchNormFrozenGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const scale = givenScale(memory, a);
  eachPosition(pass.firstRow, pass.firstRow + pass.rows, a, (at) => {
    for (let c = 0; c < a.channels; c++)
      f32[a.dx + at + c] = factor(memory, a.gamma, c, 1) * scale[c] * f32[a.dy + at + c];
  });
};

export const batchNormAverages: Kernel<KernelArguments<'batchNormAverages'>> = (memory, pass, a) => {
  const { f32, parameters } = memory;
  const average = batchMeans(memory, pass, a, a.sum, 2 * a.channels, means);
  const move = (at: number, value: number): void => {
    f32[at] = a.momentum * f32[at] + (1 - a.momentum) * value;
  };
  for (let c = 0; c < a.channels; c++) {
    move(parameters + a.mean + c, average[c]);
    move(parameters + a.variance + c, varianceOf(average, a.channels, c));
  }
};

/** Calls `visit` with the offset of every position of `channels` elements in rows [from, to). */
function eachPosition(from: number, to: number, { inner, channels }: Channels, visit: (at: number) => void): void {
  for (let position = from * inner; position < to * inner; position++) visit(position * channels);
}

/** Clears 2·channels sums of each of the rank's shards and lets `add` add every position of the shard to them. */
function sumByShard(
  { f64, sums, sumCount }: KernelMemory,
  pass: Pass,
  a: Channels,
  sum: number,
  add: (f64: Float64Array, first: number, at: number) => void,
): void {
  for (let own = 0; own + 1 < pass.shardRows.length; own++) {
    const first = sums + (pass.firstShard + own) * sumCount + sum;
    f64.fill(0, first, first + 2 * a.channels);
    eachPosition(pass.shardRows[own], pass.shardRows[own + 1], a, (at) => add(f64, first, at));
  }
}

/** Means over the whole batch of `count` per-shard sums, added in tree order. */
function batchMeans(
  { f64, sums, sumCount }: KernelMemory,
  pass: Pass,
  { inner }: Channels,
  sum: number,
  count: number,
  into: ScratchRow,
): Float64Array {
  const mean = into.of(count);
  const root = { first: 0, count: pass.batchShards };
  const positions = pass.batchRows * inner;
  for (let i = 0; i < count; i++)
    mean[i] = treeSum(root, (shard) => f64[sums + shard * sumCount + sum + i]) / positions;
  return mean;
}

/** Biased variance from the means of x and x²; rounding must not make it negative. */
function varianceOf(mean: Float64Array, channels: number, c: number): number {
  return Math.max(mean[channels + c] - mean[c] * mean[c], 0);
}

/** The batch's mean and 1/√(variance + epsilon) of each channel. */
function batchStatistics(memory: KernelMemory, pass: Pass, a: Statistics): { mean: Float64Array; scale: Float64Array } {
  const mean = batchMeans(memory, pass, a, a.sum, 2 * a.channels, means);
  const scale = scales.of(a.channels);
  for (let c = 0; c < a.channels; c++) scale[c] = 1 / Math.sqrt(varianceOf(mean, a.channels, c) + a.epsilon);
  return { mean, scale };
}

/** 1/√(variance + epsilon) from the layer's moving variance. */
function givenScale(
  { f32, parameters }: KernelMemory,
  a: Channels & { readonly variance: number; readonly epsilon: number },
): Float64Array {
  const scale = scales.of(a.channels);
  for (let c = 0; c < a.channels; c++) scale[c] = 1 / Math.sqrt(f32[parameters + a.variance + c] + a.epsilon);
  return scale;
}

function normalize(
  memory: KernelMemory,
  pass: Pass,
  a: Channels & { readonly x: number; readonly y: number; readonly gamma: number; readonly beta: number },
  mean: Float64Array,
  scale: Float64Array,
): void {
  const { f32 } = memory;
  eachPosition(pass.firstRow, pass.firstRow + pass.rows, a, (at) => {
    for (let c = 0; c < a.channels; c++) {
      const normalized = (f32[a.x + at + c] - mean[c]) * scale[c];
      f32[a.y + at + c] = factor(memory, a.gamma, c, 1) * normalized + factor(memory, a.beta, c, 0);
    }
  });
}

/** Element c of a parameter that may be absent. */
function factor({ f32, parameters }: KernelMemory, offset: number, c: number, absent: number): number {
  return offset < 0 ? absent : f32[parameters + offset + c];
}

/** Folds each shard's float64 sums, as leaves rounded to float32, into the published slabs. */
function publishSums(memory: KernelMemory, pass: Pass, offset: number, channels: number, sum: number): void {
  if (offset < 0) return;
  const { f64, sums, sumCount } = memory;
  foldShards(memory, pass, offset, channels, (from, _to, into) => {
    const shard = pass.firstShard + pass.shardRows.indexOf(from);
    for (let c = 0; c < channels; c++) into[c] += f64[sums + shard * sumCount + sum + c];
  });
}
