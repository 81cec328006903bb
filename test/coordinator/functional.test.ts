import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  type FunctionalConfig,
  type LayerConfig,
  type ModelSource,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';

const options: TrainerOptions = { optimizer: 'adam', loss: 'meanSquaredError', workers: 1, engine: 'reference' };

const numbers = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(phase + 1.7 * i));

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A base of two layers, one of them a BatchNormalization, and a head behind it. */
function baseAndHead(): { base: tfl.Sequential; model: tfl.LayersModel } {
  const base = tfl.sequential({ name: 'base' });
  base.add(tfl.layers.dense({ name: 'low', units: 3, inputShape: [4], activation: 'tanh' }));
  base.add(tfl.layers.batchNormalization({ name: 'norm' }));
  const input = tfl.input({ shape: [4] });
  const head = tfl.layers.dense({ name: 'head', units: 2 });
  return { base, model: tfl.model({ inputs: input, outputs: head.apply(base.apply(input)) as tfl.SymbolicTensor }) };
}

describe('models within models', () => {
  test('become part of the graph', async () => {
    const { model } = baseAndHead();
    const { layers } = await Trainer.describe(model, options);
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['low', 'norm', 'head'],
    );
  });

  test('that are frozen stay as they are, moving averages too, also after a resume', async () => {
    const { base, model } = baseAndHead();
    base.trainable = false;
    await inFolder(async (folder) => {
      const data = { x: numbers(24, 0), y: numbers(12, 1) };
      await using trainer = await Trainer.create(model, options);
      const before = trainer.weights();
      await trainer.trainOnBatch(data);
      await trainer.checkpoint(join(folder, 'checkpoint'));
      await using resumed = await Trainer.resume(join(folder, 'checkpoint'), { engine: 'reference' });
      await resumed.trainOnBatch(data);
      const changed = resumed.weights().filter(({ values }, i) => values.join() !== before[i].values.join());
      assert.deepEqual(
        changed.map(({ name }) => name),
        ['head/kernel', 'head/bias'],
      );
    });
  });

  test('that begin a Sequential model are frozen too', async () => {
    const { base } = baseAndHead();
    base.trainable = false;
    const model = tfl.sequential({ layers: [base, tfl.layers.dense({ name: 'top', units: 2 })] });
    await using trainer = await Trainer.create(model, options);
    const before = trainer.weights();
    await trainer.trainOnBatch({ x: numbers(24, 0), y: numbers(12, 1) });
    const changed = trainer.weights().filter(({ values }, i) => values.join() !== before[i].values.join());
    assert.deepEqual(
      changed.map(({ name }) => name),
      ['top/kernel', 'top/bias'],
    );
  });
});

const twoTowers: FunctionalConfig = {
  layers: [
    { type: 'Input', name: 'left', shape: [3] },
    { type: 'Input', name: 'right', shape: [3] },
    { type: 'Dense', name: 'encoder', units: 4, inputs: 'left' },
    { name: 'again', shared: 'encoder', inputs: 'right' },
    { type: 'Subtract', name: 'difference', inputs: ['encoder', 'again'] },
    { type: 'Dense', name: 'out', units: 1 },
  ],
};
const x = { left: numbers(15, 0), right: numbers(15, 2) };

describe('functional models from configs', () => {
  test('are saved and loaded', async () => {
    await inFolder(async (folder) => {
      await using trainer = await Trainer.create(twoTowers, options);
      await trainer.save(folder);
      await using loaded = await Trainer.create(folder, options);
      assert.deepEqual(await loaded.predict({ x }), await trainer.predict({ x }));
    });
  });

  test('take their inputs by name or in order', async () => {
    await using trainer = await Trainer.create(twoTowers, options);
    const byName = await trainer.predict({ x });
    assert.deepEqual(await trainer.predict({ x: [x.left, x.right] }), byName);
    await assert.rejects(trainer.predict({ x: { left: x.left } }), /x lacks right; give left, right/);
    await assert.rejects(trainer.predict({ x: { ...x, middle: x.left } }), /x has middle, which the model has not/);
    await assert.rejects(trainer.predict({ x: x.left }), /the model has 2: left, right/);
    await assert.rejects(trainer.predict({ x: { left: x.left, right: numbers(3, 0) } }), { code: 'ROWS_DIFFER' });
    assert.throws(() => trainer.inputShape, { code: 'SEVERAL_TENSORS' });
  });

  const mistakes: readonly (readonly [string, LayerConfig, RegExp])[] = [
    ['an unknown name', { type: 'Dense', units: 1, inputs: 'lefd' }, /reads lefd, .* did you mean left\?/],
    ['an unknown shared layer', { name: 'more', shared: 'nobody', inputs: 'left' }, /shares nobody/],
    ['a name that is taken', { type: 'Dense', name: 'left', units: 1, inputs: 'right' }, /named left, as one before/],
    ['shapes that do not meet', { type: 'Add', inputs: ['left', 'wide'] }, /Layer 3 does not fit/],
  ];
  for (const [what, layer, sentence] of mistakes) {
    test(`${what} is an error that says so`, async () => {
      const wide = { type: 'Dense', name: 'wide', units: 2, inputs: 'left' };
      const model: ModelSource = { layers: [...twoTowers.layers.slice(0, 2), wide, layer] };
      await assert.rejects(Trainer.create(model, options), sentence);
    });
  }
});
