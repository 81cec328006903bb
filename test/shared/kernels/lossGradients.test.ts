import { describe, test } from 'node:test';
import { type ElementLoss, elementLosses } from '../../../src/shared/kernels/losses.js';
import type { KernelMemory, Pass } from '../../../src/shared/kernels/pass.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { checkRows, filledArena, middlePass, ROWS } from '../../helpers/gradientChecks.js';
import { fillClasses, fillUniform, passesFor, type TestArena } from '../../helpers/kernelMemory.js';
import { lossOptions, plainEntropy, positiveLosses, realLosses } from '../../helpers/lossCases.js';

const shapes: readonly (readonly [groups: number, size: number])[] = [
  [1, 1],
  [1, 10],
  [3, 5],
];

/** An arena of predictions x and weights, measured as the middle of three ranks would. */
function lossArena(groups: number, size: number, low: number, high: number, targetSize = groups * size) {
  const record = groups * size;
  const arena = filledArena({ x: record, target: targetSize, weight: groups, probabilities: record, dx: record });
  fillUniform(arena, 'x', 1, [low, high]);
  fillUniform(arena, 'weight', 3, [0, 2]);
  const { x, target, weight, probabilities, dx } = arena.at;
  const common = { target, weight, weightSum: 1, lossWeight: 0.5, groups, size, gradient: dx, sum: 0 };
  return { arena, x, probabilities, common };
}

/** What the gradients are of: lossWeight · Σ weight · loss / Σ weight, the weights those of the whole batch. */
function objectiveOf({ memory, at }: TestArena<string, never>, pass: Pass, groups: number, run: () => void) {
  for (const every of passesFor(ROWS, 5, 3)) kernels.weightSums(memory, every, { weight: at.weight, groups, sum: 1 });
  let weights = 0;
  for (let shard = 0; shard < pass.batchShards; shard++) weights += sumOf(memory, shard, 1);
  return () => {
    run();
    let total = 0;
    for (let own = 0; own + 1 < pass.shardRows.length; own++) total += sumOf(memory, pass.firstShard + own, 0);
    return (0.5 * total) / weights;
  };
}

function sumOf({ f64, sums, sumCount }: KernelMemory, shard: number, sum: number): number {
  return f64[sums + shard * sumCount + sum];
}

const H = 2 ** -9;

describe('gradients of weighted losses equal central differences', () => {
  for (const [groups, size] of shapes) {
    for (const loss of elementLosses) {
      test(`${loss} of ${groups}×${size}`, () => checkElementLoss(loss, groups, size));
    }
    for (const focal of [plainEntropy, { alpha: 0.25, gamma: 2 }, { alpha: -1, gamma: 1.5 }]) {
      test(`sigmoid cross-entropy of ${groups}×${size}, gamma ${focal.gamma}`, () => {
        const { arena, x, probabilities, common } = lossArena(groups, size, -2, 2);
        fillUniform(arena, 'target', 2, [0, 1]);
        const args = { ...common, logits: x, probabilities, smoothing: 0.1, ...focal };
        check(arena, groups, size, (pass) => kernels.sigmoidCrossEntropy(arena.memory, pass, args));
      });
    }
    for (const name of ['categoricalHinge', 'cosineSimilarity'] as const) {
      test(`${name} of ${groups}×${size}`, () => {
        const { arena, x, common } = lossArena(groups, size, -2, 2);
        fillUniform(arena, 'target', 2, [0, 1]);
        check(arena, groups, size, (pass) => kernels[name](arena.memory, pass, { ...common, prediction: x }));
      });
    }
    for (const bins of new Set([1, size])) {
      test(`the overlap of ${groups}×${size} in ${bins} bins`, () => checkOverlap(groups, size, bins));
    }
    test(`generalized cross-entropy of ${groups}×${size}`, () => {
      const { arena, x, common } = lossArena(groups, size, 0.2, 1, groups);
      fillClasses(arena, 'target', 2, size);
      const args = { ...common, prediction: x, sparse: 1, q: 0.7 };
      check(arena, groups, size, (pass) => kernels.generalizedCrossEntropy(arena.memory, pass, args));
    });
    for (const sparse of [0, 1]) {
      test(`categorical losses of ${groups}×${size}, ${sparse ? 'classes' : 'distributions'}`, () =>
        checkCategoricalLosses(groups, size, sparse));
    }
  }
});

function check(arena: TestArena<string, never>, groups: number, size: number, run: (pass: Pass) => void): void {
  const pass = middlePass(arena.slabs);
  const objective = objectiveOf(arena, pass, groups, () => run(pass));
  objective();
  checkRows(arena, pass, 'x', 'dx', groups * size, objective, H);
}

/** The loss is one of the whole batch, of which each row has a share by its weight. */
function checkOverlap(groups: number, size: number, bins: number): void {
  const record = groups * size;
  const arena = filledArena({ x: record, target: record, weight: groups, dx: record }, 0, 3 + 3 * bins);
  const { memory, at } = arena;
  fillUniform(arena, 'x', 1, [0.1, 1]);
  fillUniform(arena, 'target', 2, [0, 1]);
  fillUniform(arena, 'weight', 3, [0, 2]);
  const pass = middlePass(arena.slabs);
  const everywhere = passesFor(ROWS, 5, 3);
  const { x: prediction, target, weight, dx } = at;
  const shares = { times: 1, shared: -0.2, wanted: 0.7, found: 0.5 };
  const args = {
    ...{ prediction, target, weight, groups, size, gradient: dx, sum: 0, weightSum: 1, lossWeight: 0.5 },
    ...{ weights: 1, overlap: 2, bins, ...shares },
  };
  const batch = (sum: number): number => {
    let total = 0;
    for (let shard = 0; shard < pass.batchShards; shard++) total += sumOf(memory, shard, sum);
    return total;
  };
  const objective = () => {
    for (const every of everywhere) {
      kernels.weightSums(memory, every, { weight, groups, sum: 1 });
      kernels.overlapSums(memory, every, { prediction, target, size: record, bins, sum: 2 });
    }
    for (const every of everywhere) kernels.overlapLoss(memory, every, args);
    return (0.5 * batch(0)) / batch(1);
  };
  objective();
  checkRows(arena, pass, 'x', 'dx', record, objective, H);
}

function checkElementLoss(loss: ElementLoss, groups: number, size: number): void {
  const [low, high] = positiveLosses.includes(loss) ? [0.2, 0.8] : [-2, 2];
  const { arena, x, common } = lossArena(groups, size, low, high);
  fillUniform(arena, 'target', 2, [low, high]);
  if (realLosses.includes(loss)) moveApart(arena, H);
  const args = { ...common, prediction: x, loss: elementLosses.indexOf(loss), divisor: size, ...lossOptions };
  check(arena, groups, size, (pass) => kernels.elementLoss(arena.memory, pass, args));
}

/** Keeps predictions away from where an absolute error, a margin or huber's delta makes the derivative jump. */
function moveApart({ memory: { f32 }, at, lengths }: TestArena<string, never>, h: number): void {
  const { smoothing, delta } = lossOptions;
  for (let e = 0; e < lengths.x; e++) {
    const target = f32[at.target + e] * (1 - smoothing) + smoothing / 2;
    const jumps = [target, target - delta, target + delta, 1 / target];
    while (jumps.some((jump) => Math.abs(f32[at.x + e] - jump) < 2 * h)) f32[at.x + e] += h;
  }
}

function checkCategoricalLosses(groups: number, size: number, sparse: number): void {
  const { arena, x, probabilities, common } = lossArena(groups, size, 0.2, 1, sparse ? groups : groups * size);
  if (sparse) fillClasses(arena, 'target', 2, size);
  else fillDistributions(arena, size);
  const shared = { ...common, sparse, smoothing: 0.1 };
  const { memory } = arena;
  check(arena, groups, size, (pass) =>
    kernels.softmaxCrossEntropy(memory, pass, { ...shared, logits: x, probabilities }),
  );
  for (const [alpha, gamma] of [
    [1, 0],
    [0.4, 1.5],
  ]) {
    const args = { ...shared, prediction: x, alpha, gamma };
    check(arena, groups, size, (pass) => kernels.categoricalCrossentropy(memory, pass, args));
  }
}

/** Targets of each group that add up to 1. */
function fillDistributions(arena: TestArena<string, never>, size: number): void {
  const { memory, at, lengths } = arena;
  fillUniform(arena, 'target', 2, [0.1, 1]);
  for (let group = 0; group < lengths.target; group += size) {
    const values = memory.f32.subarray(at.target + group, at.target + group + size);
    const total = values.reduce((sum, value) => sum + value, 0);
    for (let j = 0; j < size; j++) values[j] /= total;
  }
}
