import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tfc from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  adam,
  type LabelledData,
  type LayerConfig,
  LockstepError,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';
import { cases, dataFor } from '../helpers/models.js';

const [, , classifier] = cases;
const data = dataFor(classifier, 40);
const options: TrainerOptions = {
  optimizer: 'adam',
  loss: classifier.loss,
  metrics: classifier.metrics,
  workers: 2,
  seed: 1,
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

describe('A trained model', () => {
  test('is written in TensorFlow.js format, and tf.loadLayersModel predicts the same', async () => {
    await using trainer = await Trainer.create(classifier.layers, options);
    await trainer.fit(data, { epochs: 3, batchSize: 8 });
    await trainer.save(join(folder, 'model'));
    const { values } = await trainer.predict(data);
    const model = await tfl.loadLayersModel(await artifactsIn(join(folder, 'model')));
    const expected = model.predict(tfc.tensor(data.x.values, data.x.shape)) as tfc.Tensor;
    const theirs = expected.dataSync();
    for (const [i, value] of values.entries()) assert.ok(Math.abs(value - theirs[i]) < 1e-5);
  });

  test('can be trained on from its model.json, weights and all', async () => {
    await using first = await Trainer.create(classifier.layers, options);
    await first.fit(data, { epochs: 1 });
    await first.save(join(folder, 'again'));
    await using second = await Trainer.create(join(folder, 'again', 'model.json'), options);
    assert.deepEqual(
      second.weights().map(({ values }) => values),
      first.weights().map(({ values }) => values),
    );
  });

  test('can be a tf.LayersModel, whose weights are kept or drawn from the seed', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [2] })] });
    const plain: TrainerOptions = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1, seed: 5 };
    await using kept = await Trainer.create(model, plain);
    await using drawn = await Trainer.create(model, { ...plain, initialWeights: 'seed' });
    await using again = await Trainer.create(model, { ...plain, initialWeights: 'seed' });
    assert.deepEqual(kept.weights()[0].values, model.weights[0].read().dataSync());
    assert.notDeepEqual(drawn.weights()[0].values, kept.weights()[0].values);
    assert.equal(drawn.fingerprint(), again.fingerprint());
  });
});

describe('fit', () => {
  test('calls its callbacks in order and can be stopped by one', async () => {
    const calls: string[] = [];
    await using trainer = await Trainer.create(classifier.layers, options);
    const { epoch } = await trainer.fit(data, {
      epochs: 5,
      batchSize: 20,
      callbacks: [
        {
          onTrainBegin: () => void calls.push('train'),
          onEpochBegin: (number) => void calls.push(`epoch ${number}`),
          onBatchEnd: (batch) => void calls.push(`batch ${batch}`),
          onEpochEnd: (number, _logs, fit) => {
            calls.push(`end ${number}`);
            if (number === 1) fit.stopTraining();
          },
          onTrainEnd: () => void calls.push('done'),
        },
      ],
    });
    const epochCalls = (n: number): string[] => [`epoch ${n}`, 'batch 0', 'batch 1', `end ${n}`];
    assert.deepEqual(calls, ['train', ...epochCalls(0), ...epochCalls(1), 'done']);
    assert.deepEqual(epoch, [0, 1]);
  });

  test('reports means over rows, so the history equals an evaluation when nothing is learned', async () => {
    await using trainer = await Trainer.create(classifier.layers, { ...options, optimizer: adam({ learningRate: 0 }) });
    const { history } = await trainer.fit(data, { batchSize: 7, validationData: data });
    const logs = await trainer.evaluate(data, { batchSize: 40 });
    assert.ok(Math.abs(history.loss[0] - logs.loss) < 1e-6);
    assert.equal(history.accuracy[0], logs.accuracy);
    assert.equal(history.val_accuracy[0], logs.accuracy);
  });

  test('leaves the event loop free while ranks compute', async () => {
    await using trainer = await Trainer.create(classifier.layers, options);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const began = performance.now();
    await trainer.fit(data, { epochs: 60, batchSize: 4 });
    const elapsed = performance.now() - began;
    clearInterval(timer);
    assert.ok(ticks > elapsed / 5 / 4, `${ticks} ticks in ${elapsed} ms`);
  });

  test('stops at a loss that is not finite and keeps the weights from before it', async () => {
    const layers = [{ type: 'Dense', units: 3, inputShape: [4], kernelInitializer: 'ones' }];
    await using trainer = await Trainer.create(layers, { ...options, loss: 'meanSquaredError', metrics: [] });
    const before = trainer.fingerprint();
    // Four of the largest float32 values add up to infinity.
    const x = new Float32Array(40).fill(3.4e38);
    const y = { values: new Float32Array(30), shape: [10, 3] };
    await assert.rejects(trainer.fit({ x, y }, { batchSize: 8 }), { code: 'NON_FINITE_LOSS' });
    assert.equal(trainer.fingerprint(), before);
  });
});

describe('Bad input is one clear sentence before the first step', () => {
  const withLayers =
    (layers: readonly LayerConfig[], more: Partial<TrainerOptions> = {}) =>
    () =>
      Trainer.create(layers, { ...options, ...more });
  const dense = { type: 'Dense', units: 4, inputShape: [2] };
  const table: [string, () => Promise<unknown>, string, RegExp][] = [
    ['an unsupported layer', withLayers([{ ...dense, type: 'Dens' }]), 'UNSUPPORTED_LAYER', /did you mean Dense\?/],
    [
      'a misspelt argument',
      withLayers([{ ...dense, unit: 3 }]),
      'UNKNOWN_LAYER_ARGUMENT',
      /unit; did you mean units\?/,
    ],
    ['a wrong argument', withLayers([{ ...dense, units: -1 }]), 'INVALID_LAYER_ARGUMENT', /units: -1/],
    ['no input shape', withLayers([{ type: 'Dense', units: 1 }]), 'MISSING_INPUT_SHAPE', /inputShape/],
    [
      'one argument under two names',
      withLayers([dense, { type: 'LeakyReLU', alpha: 0.1, negativeSlope: 0.2 }]),
      'INVALID_LAYER_ARGUMENT',
      /negativeSlope and alpha, two names of one argument/,
    ],
    ['an unknown activation', withLayers([{ ...dense, activation: 'relux' }]), 'INVALID_LAYER_ARGUMENT', /relux/],
    ['no layers', withLayers([]), 'EMPTY_MODEL', /empty/],
    [
      'an unknown loss',
      withLayers([dense], { loss: 'mean_squared_eror' as never }),
      'UNKNOWN_LOSS',
      /did you mean meanSquaredError/,
    ],
    ['a fractional seed', withLayers([dense], { seed: 0.5 }), 'INVALID_OPTION', /seed is 0.5/],
    ['a missing model file', () => Trainer.create('/nowhere/model.json', options), 'UNREADABLE_MODEL', /nowhere/],
  ];
  for (const [what, attempt, code, message] of table) {
    test(what, () => rejectsWith(attempt(), code, message));
  }

  const fitTable: [string, Partial<LabelledData>, string, RegExp][] = [
    [
      'a wrong shape',
      { x: { values: new Float32Array(80), shape: [40, 2] } },
      'SHAPE_MISMATCH',
      /\[40, 2\].*\[rows, 7, 6, 2\]/,
    ],
    ['a label out of range', { y: new Int32Array(40).fill(4) }, 'LABEL_OUT_OF_RANGE', /label 4 at position 0.*0 to 3/],
    ['rows that differ', { y: new Int32Array(39) }, 'ROWS_DIFFER', /40 rows.*39/],
    ['no rows', { x: new Float32Array(0), y: new Int32Array(0) }, 'EMPTY_DATA', /no rows/],
    ['a NaN', { x: withNaN(data.x.values) }, 'NON_FINITE_DATA', /NaN in row 1, column 3/],
    ['ragged arrays', { x: [[1, 2], [3]] }, 'INVALID_DATA', /x\[1\] has 1 entries/],
  ];
  for (const [what, wrong, code, message] of fitTable) {
    test(`data with ${what}`, async () => {
      await using trainer = await Trainer.create(classifier.layers, options);
      await rejectsWith(trainer.fit({ ...data, ...wrong }), code, message);
      assert.equal(trainer.step, 0);
    });
  }

  test('a damaged checkpoint', async () => {
    await using trainer = await Trainer.create(classifier.layers, options);
    const path = join(folder, 'damaged.ckpt');
    await trainer.checkpoint(path);
    const bytes = await readFile(path);
    bytes[bytes.length - 5] ^= 1;
    await writeFile(path, bytes);
    await rejectsWith(Trainer.resume(path), 'DAMAGED_CHECKPOINT', /checksum/);
    await writeFile(path, 'hello');
    await rejectsWith(Trainer.resume(path), 'NOT_A_CHECKPOINT', /not a Lockstep checkpoint/);
  });
});

test('A second call while one is running is refused, and a closed trainer says so', async () => {
  const trainer = await Trainer.create(classifier.layers, options);
  const running = trainer.fit(data, { epochs: 3 });
  await rejectsWith(trainer.evaluate(data), 'BUSY', /already running/);
  await running;
  await trainer.close();
  await rejectsWith(trainer.evaluate(data), 'CLOSED', /closed/);
});

test('Closing leaves no thread behind', async () => {
  const trainer = await Trainer.create(classifier.layers, options);
  await trainer.fit(data);
  await trainer.close();
  await sleep(50);
  const left = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker');
  assert.deepEqual(left, []);
});

async function rejectsWith(attempt: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof LockstepError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

function withNaN(values: Float32Array): Float32Array {
  const copy = values.slice();
  copy[84 + 3] = Number.NaN;
  return copy;
}

async function artifactsIn(directory: string): Promise<tfc.io.IOHandler> {
  const json = JSON.parse(await readFile(join(directory, 'model.json'), 'utf8'));
  const [{ weights, paths }] = json.weightsManifest;
  const bytes = await readFile(join(directory, paths[0]));
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return tfc.io.fromMemory({
    modelTopology: json.modelTopology,
    weightSpecs: weights,
    weightData: weightData as ArrayBuffer,
  });
}
