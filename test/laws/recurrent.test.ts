import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, type LabelledData, type LayerConfig, Trainer } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { Draws } from '../../src/shared/random/rng.js';

/** Laws 1 and 6 for models over time, their masks and their words. */

const WORDS = 11;
const STEPS = 6;

const models: Readonly<Record<string, readonly LayerConfig[]>> = {
  'masked steps through both directions': [
    { type: 'Masking', inputShape: [STEPS, 3] },
    { type: 'Bidirectional', layer: { type: 'GRU', units: 5, returnSequences: true } },
    { type: 'TimeDistributed', layer: { type: 'Dense', units: 4, activation: 'tanh' } },
    { type: 'LSTM', units: 17, goBackwards: true, dropout: 0.3, recurrentDropout: 0.4 },
    { type: 'Dense', units: 2 },
  ],
  'words through three kinds of recurrence': [
    { type: 'Embedding', inputDim: WORDS, outputDim: 7, maskZero: true, inputLength: STEPS },
    { type: 'SimpleRNN', units: 6, returnSequences: true, goBackwards: true },
    { type: 'GRU', units: 5, resetAfter: false, returnSequences: true, recurrentDropout: 0.2 },
    { type: 'LSTM', units: 4 },
    { type: 'Dense', units: 2 },
  ],
  'images at every step': [
    { type: 'TimeDistributed', layer: { type: 'Conv2D', filters: 3, kernelSize: 2 }, inputShape: [3, 4, 4, 2] },
    { type: 'TimeDistributed', layer: { type: 'Dropout', rate: 0.3 } },
    { type: 'TimeDistributed', layer: { type: 'Flatten' } },
    { type: 'Bidirectional', layer: { type: 'SimpleRNN', units: 5 }, mergeMode: 'ave' },
    { type: 'Dense', units: 2 },
  ],
};

/** Sequences of which each row has its first steps, or words of which 0 is none. */
function dataFor(layers: readonly LayerConfig[], rows: number): LabelledData {
  const draws = new Draws([3, 0]).at('split', 0, 0, 0);
  const isWords = layers[0].type === 'Embedding';
  const shape = isWords ? [rows, STEPS] : [rows, ...(layers[0].inputShape as number[])];
  const size = shape.slice(1).reduce((a, b) => a * b);
  const x = Float32Array.from({ length: rows * size }, (_, e) => {
    const isThere = (e % size) / size < ((Math.floor(e / size) % STEPS) + 1) / STEPS;
    if (!isThere) return 0;
    return isWords ? Math.floor(draws.uniform(e) * WORDS) : draws.uniform(e) - 0.5;
  });
  const y = Float32Array.from({ length: 2 * rows }, (_, e) => draws.uniform(rows * size + e));
  return { x: { values: x, shape }, y: { values: y, shape: [rows, 2] } };
}

/** What two steps over a ragged batch leave behind. */
async function outcome(layers: readonly LayerConfig[], workers: number): Promise<unknown> {
  const optimizer = adam({ learningRate: 0.01 });
  await using trainer = await Trainer.create(layers, { optimizer, loss: 'meanSquaredError', workers, seed: 5 });
  const logs = [await trainer.trainOnBatch(dataFor(layers, 19)), await trainer.trainOnBatch(dataFor(layers, 13))];
  return { fingerprint: trainer.fingerprint(), logs };
}

describe('Law 1 and law 6: neither workers nor instructions change a bit of a recurrent model', () => {
  for (const [title, layers] of Object.entries(models)) {
    test(title, async () => {
      const alone = await outcome(layers, 1);
      for (const workers of [2, 3, 5, 8]) assert.deepEqual(await outcome(layers, workers), alone, `${workers} workers`);
      for (const isa of findAddon().addon?.isas() ?? []) {
        process.env.LOCKSTEP_ISA = isa;
        try {
          assert.deepEqual(await outcome(layers, 1), alone, isa);
        } finally {
          delete process.env.LOCKSTEP_ISA;
        }
      }
    });
  }
});

describe('words are checked before the first step', () => {
  const layers = models['words through three kinds of recurrence'];
  const steps = [1, 2, 3, 4, 5];

  for (const [what, word] of [
    ['beyond the vocabulary', WORDS],
    ['below zero', -1],
    ['that is no whole number', 1.5],
  ] as const) {
    test(`a word ${what} is an error that names its place`, async () => {
      await using trainer = await Trainer.create(layers, { optimizer: adam(), loss: 'meanSquaredError' });
      const x = { values: Float32Array.of(...steps, 0, ...steps, word), shape: [2, STEPS] };
      await assert.rejects(trainer.predict({ x }), {
        code: 'INDEX_OUT_OF_RANGE',
        message: new RegExp(`x has ${word} in row 1, column 5.* from 0 to ${WORDS - 1}`),
      });
    });
  }

  test('a Dense that reads what an Embedding reads is refused', async () => {
    const options = { optimizer: adam(), loss: 'meanSquaredError', engine: 'reference' } as const;
    const graph = {
      layers: [
        { type: 'Input', name: 'words', shape: [STEPS] },
        { type: 'Embedding', name: 'embedding', inputDim: WORDS, outputDim: 2, inputs: 'words' },
        { type: 'Flatten', name: 'flat', inputs: 'embedding' },
        { type: 'Dense', name: 'dense', units: 12, inputs: 'words' },
        { type: 'Add', name: 'sum', inputs: ['flat', 'dense'] },
      ],
      outputs: 'sum',
    };
    await assert.rejects(Trainer.create(graph, options), { code: 'UNSUPPORTED_MODEL' });
  });
});
