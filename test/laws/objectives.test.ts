import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type FitOptions, type LabelledData, type LayerConfig, Trainer, type TrainerOptions } from '../../src/index.js';
import { Draws } from '../../src/shared/random/rng.js';

/** Laws 1 and 2 for losses with options and other terms, weights of samples and classes, and metrics of many totals. */

const ROWS = 41;

interface ObjectiveCase {
  readonly title: string;
  readonly layers: readonly LayerConfig[];
  readonly objective: Pick<TrainerOptions, 'loss' | 'metrics' | 'weightedMetrics'>;
  readonly data: LabelledData;
}

function uniforms(count: number, key: number): Float32Array {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => draws.uniform(e));
}

const inputs = (size: number): LabelledData['x'] => ({ values: uniforms(ROWS * size, 1), shape: [ROWS, size] });
const classesOf = (count: number): Int32Array => Int32Array.from(uniforms(ROWS, 2), (u) => Math.floor(u * count));

const cases: readonly ObjectiveCase[] = [
  {
    title: 'a binary classifier with smoothed labels and weights of samples and classes',
    layers: [
      { type: 'Dense', units: 5, activation: 'tanh', inputShape: [3] },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
    objective: {
      loss: { name: 'binaryCrossentropy', labelSmoothing: 0.1 },
      metrics: ['accuracy', 'auc', { name: 'precision', thresholds: [0.4, 0.6] }, 'trueNegatives', 'binaryIoU'],
      weightedMetrics: ['accuracy', { name: 'auc', curve: 'PR' }, { name: 'precisionAtRecall', recall: 0.5 }],
    },
    data: {
      x: inputs(3),
      y: Float32Array.from(classesOf(2)),
      sampleWeight: uniforms(ROWS, 3),
      classWeight: { 0: 0.5, 1: 3 },
    },
  },
  {
    title: 'a classifier of logits with class weights',
    layers: [
      { type: 'Dense', units: 5, activation: 'tanh', inputShape: [3] },
      { type: 'Dense', units: 4 },
    ],
    objective: {
      loss: { name: 'sparseCategoricalCrossentropy', fromLogits: true },
      metrics: ['accuracy', { name: 'sparseTopKCategoricalAccuracy', k: 2 }, { name: 'f1Score', average: 'none' }],
      weightedMetrics: ['f1Score', { name: 'meanIoU', numClasses: 4, sparseYPred: false }],
    },
    data: { x: inputs(3), y: classesOf(4), classWeight: { 2: 4 } },
  },
  {
    title: 'maps by their overlap in the whole batch, with weights',
    layers: [{ type: 'Dense', units: 2, activation: 'sigmoid', inputShape: [4, 3] }],
    objective: {
      loss: { name: 'tversky', alpha: 0.3, beta: 0.6, axis: [0, 1] },
      metrics: ['binaryIoU', { name: 'dice', axis: [1, 2] }],
      weightedMetrics: ['falseNegatives'],
    },
    data: {
      x: { values: uniforms(ROWS * 12, 1), shape: [ROWS, 4, 3] },
      y: { values: uniforms(ROWS * 8, 2).map(Math.round), shape: [ROWS, 4, 2] },
      sampleWeight: { values: uniforms(ROWS * 4, 3), shape: [ROWS, 4] },
    },
  },
  {
    title: 'classes of which one is left out, with weights',
    layers: [{ type: 'Dense', units: 4, activation: 'softmax', inputShape: [3] }],
    objective: {
      loss: { name: 'sparseCategoricalCrossentropy', ignoreClass: 255 },
      metrics: ['accuracy', { name: 'meanIoU', numClasses: 4, sparseYPred: false }],
    },
    data: {
      x: inputs(3),
      y: classesOf(5).map((label) => (label === 4 ? 255 : label)),
      sampleWeight: uniforms(ROWS, 3),
    },
  },
  {
    title: 'a regression over sequences with a weight a step',
    layers: [{ type: 'Dense', units: 2, activation: 'tanh', inputShape: [4, 3] }],
    objective: {
      loss: { name: 'huber', delta: 0.4 },
      metrics: ['r2Score', 'rootMeanSquaredError', 'cosineSimilarity', 'concordanceCorrelation'],
      weightedMetrics: ['meanAbsoluteError', 'r2Score'],
    },
    data: {
      x: { values: uniforms(ROWS * 12, 1), shape: [ROWS, 4, 3] },
      y: { values: uniforms(ROWS * 8, 2), shape: [ROWS, 4, 2] },
      sampleWeight: { values: uniforms(ROWS * 4, 3), shape: [ROWS, 4] },
    },
  },
  {
    title: 'a regression over masked sequences with a weight a step, divided by the steps',
    layers: [
      { type: 'Masking', maskValue: 0, inputShape: [4, 1] },
      { type: 'SimpleRNN', units: 3, returnSequences: true },
    ],
    objective: {
      loss: { name: 'meanSquaredError', reduction: 'sum_over_batch_size' },
      metrics: ['meanAbsoluteError'],
      weightedMetrics: ['meanAbsoluteError'],
    },
    data: {
      x: { values: uniforms(ROWS * 4, 1).map((u) => (u < 0.3 ? 0 : u)), shape: [ROWS, 4, 1] },
      y: { values: uniforms(ROWS * 12, 2), shape: [ROWS, 4, 3] },
      sampleWeight: { values: uniforms(ROWS * 4, 3), shape: [ROWS, 4] },
    },
  },
  {
    title: 'a regression whose layers pay for what they put out, with a weight a row',
    layers: [
      { type: 'Dense', units: 5, activation: 'tanh', activityRegularizer: { className: 'L2' }, inputShape: [3] },
      { type: 'Dense', units: 2, activityRegularizer: { className: 'L1L2', config: { l1: 0.1, l2: 0.2 } } },
    ],
    objective: { loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] },
    data: { x: inputs(3), y: { values: uniforms(ROWS * 2, 2), shape: [ROWS, 2] }, sampleWeight: uniforms(ROWS, 3) },
  },
];

// 32 training rows in batches of 13: two full ones and a ragged one with fewer rows than shards.
const fit: FitOptions = { epochs: 2, batchSize: 13, validationSplit: 0.2 };

function create({ layers, objective }: ObjectiveCase, workers: number): Promise<Trainer> {
  return Trainer.create(layers, { ...objective, optimizer: 'adam', seed: 5, workers, shards: 8 });
}

async function outcome(trainer: Trainer, data: LabelledData, options: FitOptions = fit) {
  const { history } = await trainer.fit(data, options);
  return { fingerprint: trainer.fingerprint(), history };
}

describe('Law 1: the number of workers changes no bit of weighted losses and metrics', () => {
  for (const given of cases) {
    test(given.title, async () => {
      await using alone = await create(given, 1);
      const expected = await outcome(alone, given.data);
      for (const workers of [2, 3, 8]) {
        await using trainer = await create(given, workers);
        assert.deepEqual(await outcome(trainer, given.data), expected, `${workers} workers`);
      }
    });
  }
});

describe('Law 2: totals of an epoch in progress survive an interruption', () => {
  for (const given of cases) {
    test(given.title, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
      try {
        await using steady = await create(given, 2);
        const expected = await outcome(steady, given.data);
        const stop = new AbortController();
        await using first = await create(given, 2);
        const onBatchEnd = (_: number, __: unknown, { step }: { readonly step: number }) => {
          if (step === 5) stop.abort();
        };
        const interrupted = { ...fit, callbacks: [{ onBatchEnd }], signal: stop.signal };
        await assert.rejects(first.fit(given.data, interrupted), { code: 'ABORTED' });
        await first.checkpoint(join(folder, 'half.ckpt'));
        await using second = await Trainer.resume(join(folder, 'half.ckpt'), { workers: 3 });
        assert.deepEqual(await outcome(second, given.data), expected);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});
