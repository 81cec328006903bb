import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { encodeNpy } from '../../../../src/coordinator/data/arrays/writeNpy.js';
import { evaluateRows } from '../../../../src/run/data/batched.js';
import { surveyData } from '../../../../src/run/data/surveying.js';
import { init } from '../../../../src/run/starter/init.js';
import { train } from '../../../../src/run/train.js';
import { labelledRowsFor, openTrained } from '../../../../src/run/trained.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

/** What `inspect` and `init` make of files of arrays that NumPy and others wrote. */

const golden = (name: string): string => join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'arrays', name);

let folder: string;
const at = (name: string): string => join(folder, name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

describe('inspect tells of a file of arrays', () => {
  test('each array with its type, its range and the balance of its classes', async () => {
    const survey = await surveyData(golden('digits.npz'));
    assert.deepEqual([survey?.kind, survey?.facts.arrays], ['NumPy archive', 4]);
    const [x, y] = survey?.fields ?? [];
    assert.deepEqual(x, { name: 'x_train', type: 'uint8 [8, 8]', range: '0 to 16' });
    assert.deepEqual([y.type, y.distinct, y.range, y.values?.[0]], ['int64', 10, '0 to 9', { value: '1', rows: 26 }]);
  });

  test('by what its first bytes say, in every format', async () => {
    const kinds = {
      'int16.npy': 'NumPy array',
      'tensors.safetensors': 'safetensors file',
      'pictures-idx3-ubyte': 'IDX file',
      'pictures-idx3-ubyte.gz': 'IDX file',
      cifar10: 'CIFAR pictures',
    };
    for (const [file, kind] of Object.entries(kinds)) assert.equal((await surveyData(golden(file)))?.kind, kind, file);
    const texts = await surveyData(golden('texts.npy'));
    assert.deepEqual([texts?.fields[0].type, texts?.fields[0].distinct], ['text of at most 3 letters', 3]);
  });

  test('with the rows that have a NaN, where it holds numbers that can be one', async () => {
    const values = Float32Array.of(1, Number.NaN, Number.NaN, Number.NaN, 5, Number.POSITIVE_INFINITY);
    await writeFile(at('gaps.npy'), encodeNpy({ values, shape: [3, 2] }));
    assert.deepEqual((await surveyData(at('gaps.npy')))?.fields[0].missing, 2);
  });
});

describe('init writes a config that trains at once', () => {
  test('to the score that a plain network of Keras has on the same rows, less 3 points', async () => {
    const { scores } = JSON.parse(await readFile(golden('index.json'), 'utf8'));
    await copyFile(golden('digits.npz'), at('digits.npz'));
    const config = await init(at('digits.npz'), { out: at('digits.yaml') });
    assert.match(await readFile(config, 'utf8'), /# Inputs are x_train of digits\.npz \(uint8 \[240, 8, 8\]\)\./);
    await train(config, { overrides: [{ path: 'run.out', value: at('run'), from: 'test' }] });
    const trained = await openTrained(at('run'), { workers: 1 });
    await using trainer = trained.trainer;
    const rows = await labelledRowsFor(trained, at('digits.npz'));
    assert.equal(rows.rows, 80, 'the test rows of the file');
    const { accuracy } = await evaluateRows(trainer, rows, 32);
    assert.ok(accuracy >= scores['digits.npz'] - 0.03, `${accuracy}, Keras ${scores['digits.npz']}`);
  });

  const files: readonly [file: string, says: RegExp, beside?: string][] = [
    ['digits-x.npy', /npy: digits-x\.npy\n.*\n {2}labels: digits-y\.npy\n/, 'digits-y.npy'],
    ['digits-columns.npy', /label: last\n[\s\S]*standardize: true\n/],
    ['digits-images-idx3-ubyte', /labels: digits-labels-idx1-ubyte\.gz\n/, 'digits-labels-idx1-ubyte.gz'],
    ['digits-words.npz', /y: y\n[\s\S]*units: 10, activation: softmax/],
    ['digits.safetensors', /scale: 16\n/],
  ];
  for (const [file, says, beside] of files) {
    test(`with the labels where they are: ${file}`, async () => {
      for (const name of [file, beside]) if (name !== undefined) await copyFile(golden(name), at(name));
      const config = await init(at(file), { out: at(`${file}.yaml`) });
      assert.match(await readFile(config, 'utf8'), says);
      const overrides = Object.entries({ 'run.out': at(`run-${file}`), 'fit.epochs': 8, 'run.workers': 1 });
      const { metrics } = await train(config, {
        overrides: overrides.map(([path, value]) => ({ path, value, from: 'test' })),
      });
      assert.ok(metrics.val_accuracy > 0.5, String(metrics.val_accuracy));
    });
  }

  test('and asks for labels where it finds none', async () => {
    await copyFile(golden('digits-test-x.npy'), at('alone.npy'));
    await assert.rejects(init(at('alone.npy'), { out: at('alone.yaml') }), {
      code: 'NO_LABELS',
      message: /alone\.npy \(uint8 \[80, 8, 8\]\) has no labels that are known; put the file of labels beside it/,
    });
  });
});
