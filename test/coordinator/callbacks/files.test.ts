import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkFields, fillFields } from '../../../src/coordinator/callbacks/filepath.js';
import { callbacks } from '../../../src/index.js';
import { FakeFit, runEpochs } from './fakeFit.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

describe('modelCheckpoint', () => {
  test('writes a checkpoint after each epoch, counted from 1 as in Keras', async () => {
    const filepath = join(folder, 'new', '{epoch:02d}-{loss:.2f}.ckpt');
    const { fit } = await runEpochs(callbacks.modelCheckpoint({ filepath }), 'loss', [0.5, 0.254]);
    assert.deepEqual(fit.written, [join(folder, 'new', '01-0.50.ckpt'), join(folder, 'new', '02-0.25.ckpt')]);
  });

  test('writes only the best ones when asked, and the model instead when asked', async () => {
    const filepath = join(folder, '{epoch}');
    const callback = callbacks.modelCheckpoint({
      filepath,
      monitor: 'acc',
      mode: 'max',
      saveBestOnly: true,
      saveModel: true,
    });
    const { fit } = await runEpochs(callback, 'acc', [0.1, 0.3, 0.2, 0.3, 0.4]);
    assert.deepEqual(
      fit.written,
      [1, 2, 5].map((epoch) => `model ${join(folder, String(epoch))}`),
    );
  });

  test('writes what improves on a first value that is given', async () => {
    const filepath = join(folder, '{epoch}');
    const options = { filepath, monitor: 'loss', saveBestOnly: true, initialValueThreshold: 0.5 };
    const { fit } = await runEpochs(callbacks.modelCheckpoint(options), 'loss', [0.6, 0.4, 0.45, 0.3]);
    assert.deepEqual(fit.written, [join(folder, '2'), join(folder, '4')]);
  });

  test('writes after every so many batches of the whole fit', async () => {
    const callback = callbacks.modelCheckpoint({ filepath: join(folder, '{epoch}-{loss}'), saveFreq: 3 });
    const fit = new FakeFit('loss');
    await callback.onTrainBegin?.(fit);
    for (const epoch of [0, 1]) {
      await callback.onEpochBegin?.(epoch, fit);
      for (const batch of [0, 1, 2, 3]) await callback.onBatchEnd?.(batch, { loss: batch }, fit);
      await callback.onEpochEnd?.(epoch, { loss: 9 }, fit);
    }
    assert.deepEqual(fit.written, [join(folder, '1-2'), join(folder, '2-1')]);
  });

  test('remembers the best value', async () => {
    const options = { filepath: join(folder, 'best'), monitor: 'loss', saveBestOnly: true };
    const first = callbacks.modelCheckpoint(options);
    await runEpochs(first, 'loss', [2]);
    const second = callbacks.modelCheckpoint(options);
    const fit = new FakeFit('loss');
    await second.onTrainBegin?.(fit);
    await second.restore?.(first.state?.());
    await second.onEpochEnd?.(1, { loss: 3 }, fit);
    assert.deepEqual(fit.written, []);
  });

  test('needs a path', () => {
    assert.throws(() => callbacks.modelCheckpoint({} as never), { message: /filepath is missing; give a path/ });
  });
});

describe('Fields of a file path', () => {
  // Python: '{v:d}'.format(v=7), '{v:03d}', '{v:.3f}', '{v:07.2f}', '{v:.1e}', '{v:f}'
  const table: [string, number, string][] = [
    ['{v:d}', 7, '7'],
    ['{v:03d}', 7, '007'],
    ['{v:.3f}', 0.12345, '0.123'],
    ['{v:07.2f}', 2.6789, '0002.68'],
    ['{v:.1e}', 0.000123, '1.2e-04'],
    ['{v:f}', 0.5, '0.500000'],
    ['a{v}b{v:02d}', 5, 'a5b05'],
  ];
  for (const [filepath, v, expected] of table) {
    test(`${filepath} of ${v} is ${expected}, as in Python`, () => assert.equal(fillFields(filepath, { v }), expected));
  }

  test('are refused when they cannot be filled', () => {
    assert.throws(() => checkFields('{epoch}-{val_los:.2f}', ['epoch', 'val_loss']), {
      code: 'UNKNOWN_FIELD',
      message: /\{val_los:\.2f\}.*known: epoch, val_loss/,
    });
    assert.throws(() => checkFields('{epoch:>5}', ['epoch']), { message: /\{epoch:>5\}.*formats are/ });
  });
});

describe('csvLogger', () => {
  test('writes a header and a line an epoch, and replaces a file that was there', async () => {
    const filename = join(folder, 'log.csv');
    await writeFile(filename, 'old');
    await runEpochs(callbacks.csvLogger({ filename }), 'loss', [0.5, 0.25]);
    assert.equal(await readFile(filename, 'utf8'), 'epoch,loss,val_loss\n0,0.5,NA\n1,0.25,NA\n');
  });

  test('has the columns of Keras: sorted, with those of validation, which hold NA without it', async () => {
    const filename = join(folder, 'columns.csv');
    // Keras 3.15.1: epoch,loss,mae,val_loss,val_mae in both cases.
    for (const [names, line] of [
      [['mae', 'loss'], '0,2,1,NA,NA'],
      [['mae', 'loss', 'val_mae', 'val_loss'], '0,2,1,4,3'],
    ] as const) {
      const fit = new FakeFit(...names);
      const logger = callbacks.csvLogger({ filename });
      await logger.onTrainBegin?.(fit);
      const logs = Object.fromEntries(names.map((name, i) => [name, i + 1]));
      await logger.onEpochEnd?.(0, logs, fit);
      assert.equal(await readFile(filename, 'utf8'), `epoch,loss,mae,val_loss,val_mae\n${line}\n`);
    }
  });

  test('goes on at the end of a file with append, by another separator', async () => {
    const filename = join(folder, 'more', 'log.csv');
    const options = { filename, append: true, separator: ';' };
    await runEpochs(callbacks.csvLogger(options), 'loss', [0.5]);
    await runEpochs(callbacks.csvLogger(options), 'loss', [0.25]);
    assert.equal(await readFile(filename, 'utf8'), 'epoch;loss;val_loss\n0;0.5;NA\n0;0.25;NA\n');
  });

  test('replaces the lines of epochs that a resumed run trains once more', async () => {
    for (const append of [false, true]) {
      const filename = join(folder, `resumed-${append}.csv`);
      const fit = new FakeFit('loss');
      const first = callbacks.csvLogger({ filename, append });
      await first.onTrainBegin?.(fit);
      await first.onEpochEnd?.(0, { loss: 3 }, fit);
      const state = first.state?.();
      await first.onEpochEnd?.(1, { loss: 2 }, fit);
      const second = callbacks.csvLogger({ filename, append });
      await second.onTrainBegin?.(fit);
      await second.restore?.(state);
      await second.onEpochEnd?.(1, { loss: 2 }, fit);
      assert.equal(await readFile(filename, 'utf8'), 'epoch,loss,val_loss\n0,3,NA\n1,2,NA\n');
    }
  });
});
