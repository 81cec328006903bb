import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LockstepError } from '../../src/index.js';
import { type RunConfigInput, type Summary, train } from '../../src/index.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { writeDigits } from '../helpers/digitPictures.js';
import { writePictures } from '../helpers/pictures.js';
import { type Ended, startLockstep, summaryIn } from '../helpers/processes.js';

/** A folder of pictures, from init to predictions. */

const summaryOf = (ended: Ended) => summaryIn(ended) as unknown as Summary;

const root = packageRoot(import.meta.url);
let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const lockstep = (...args: string[]): Promise<Ended> => startLockstep(folder, ...args).ended;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await writePictures(at('pictures'), { ant: 9, bee: 7, cow: 8 });
});
after(() => rm(folder, { recursive: true }));

const layers = [
  { type: 'Flatten', inputShape: [6, 6, 3] },
  { type: 'Dense', units: 3, activation: 'softmax' },
];

type Changes = Omit<Partial<RunConfigInput>, 'data'> & { readonly data?: object };

function configOf({ data, ...changes }: Changes = {}): RunConfigInput {
  return {
    name: 'pictures',
    model: { layers },
    data: { images: at('pictures'), ...data } as RunConfigInput['data'],
    compile: { optimizer: { name: 'adam' }, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] },
    fit: { epochs: 2, batchSize: 5, validationSplit: 0.25 },
    run: { workers: 1, engine: 'reference', out: at('refused') },
    ...changes,
  };
}

test('init writes a config that reaches what a plain Keras pipeline does on the same pictures, to 3 points', async () => {
  const { held, accuracy } = JSON.parse(
    await readFile(join(root, 'test', 'golden', 'data', 'imageScores.json'), 'utf8'),
  );
  await writeDigits(at('digits'));
  const written = await lockstep('init', 'digits');
  assert.deepEqual([written.code, written.stderr], [0, '']);
  const { metrics } = summaryOf(await lockstep('train', 'digits.yaml', '--json', '--set', 'fit.restoreBest=true'));
  const best = Math.max(
    ...(await readFile(at('runs', 'digits', 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).val_accuracy),
  );
  const keras = accuracy.reduce((sum: number, one: number) => sum + one, 0) / accuracy.length;
  const reached = `${metrics.val_accuracy} at the end, ${best} at best, Keras ${accuracy.join(', ')}`;
  assert.equal(held.length, 80);
  assert.ok(metrics.val_accuracy >= keras - 0.03, reached);
});

test('train, evaluate and predict read pictures alike, and predictions have the names of the files and of the classes', async () => {
  await writeFile(at('pictures.json'), JSON.stringify({ ...configOf(), run: { workers: 2 } }));
  const summary = summaryOf(await lockstep('train', 'pictures.json', '--json', '--out', 'run'));
  const kept = JSON.parse(await readFile(at('run', 'preprocessing.json'), 'utf8'));
  assert.deepEqual([kept.classes, kept.size, kept.channels, kept.rows], [['ant', 'bee', 'cow'], [6, 6], 'rgb', 18]);
  const whole = JSON.parse((await lockstep('evaluate', 'run', '--data', 'pictures', '--json')).stdout);
  assert.equal(whole.rows, 24);
  assert.ok(Math.abs(whole.loss - (summary.loss * 18 + summary.metrics.val_loss * 6) / 24) < 0.1);
  const all = (await lockstep('predict', 'run', '--data', 'pictures', '--out', '-')).stdout.trim().split('\n');
  assert.equal(all[0], 'file,ant,bee,cow,class');
  assert.equal(all.length, 25);
  assert.match(all[8 + 9], /^cow\/0000\.png,[\d.e-]+,[\d.e-]+,[\d.e-]+,(ant|bee|cow)$/);
  const one = (await lockstep('predict', 'run', '--data', 'pictures/cow/0000.png', '--out', '-')).stdout
    .trim()
    .split('\n');
  assert.equal(one[1].replace('0000.png', 'cow/0000.png'), all[8 + 9]);
});

test('classes are given to each loss as it takes them', async () => {
  await writePictures(at('pair'), { no: 8, yes: 8 });
  const losses: readonly (readonly [
    loss: 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy',
    units: number,
  ])[] = [
    ['binaryCrossentropy', 1],
    ['categoricalCrossentropy', 2],
    ['sparseCategoricalCrossentropy', 2],
  ];
  for (const [loss, units] of losses) {
    const activation = units === 1 ? 'sigmoid' : 'softmax';
    const config = configOf({
      data: { images: at('pair') },
      model: { layers: [layers[0], { type: 'Dense', units, activation }] },
      compile: { optimizer: { name: 'adam', learningRate: 0.02 }, loss, metrics: ['accuracy'] },
      fit: { epochs: 30, batchSize: 4, validationSplit: 0.25 },
      run: { workers: 1, engine: 'reference', out: at(loss) },
    });
    const { metrics } = await train(config);
    assert.equal(metrics.val_accuracy, 1, loss);
  }
});

test('inspect tells how many pictures each class has, and how large they are', async () => {
  const { stdout } = await lockstep('inspect', 'pictures');
  assert.match(
    stdout,
    /folder of pictures pictures\npictures 24 +classes 3 +files \.png +height 10 +width 10 +colours rgb/,
  );
  assert.match(stdout, /class: +ant 9 +cow 8 +bee 7/);
});

test('a run is resumed on its own pictures alone', async () => {
  const { stderr, code } = await lockstep('train', 'run', '--resume', '--epochs', '3');
  assert.equal(code, 0, stderr);
  await rename(at('pictures', 'bee', '0001.png'), at('pictures', 'bee', 'other.png'));
  const refused = await lockstep('train', 'run', '--resume', '--epochs', '4');
  await rename(at('pictures', 'bee', 'other.png'), at('pictures', 'bee', '0001.png'));
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /pictures no longer holds the pictures that the run in run was started with; restore them/,
  );
});

describe('What cannot be read ends with one sentence and leaves nothing behind', () => {
  const damaged = { 'ant/a.png': '', 'bee/b.jpg': 'no picture', 'cow/c.webp': 'RIFF????WEBP' };

  test('all damaged pictures are told at once, where pictures are decoded before the first step', async () => {
    for (const [name, content] of Object.entries(damaged)) await writeFile(at('pictures', name), content);
    try {
      const { code, stderr } = await lockstep('train', 'pictures.json', '--out', 'nowhere');
      assert.equal(code, 2);
      assert.match(
        stderr,
        /pictures has 3 pictures that cannot be read: \(1\) ant\/a\.png: it is empty; \(2\) bee\/b\.jpg: it is no picture of a kind that is read; \(3\) cow\/c\.webp: .*; mend or remove them\.\n$/,
      );
      assert.deepEqual((await readdir(folder)).includes('nowhere'), false);
      await rm(at('pictures', 'cow', 'c.webp'));
      await assert.rejects(train(configOf({ data: { cache: false } })), (error: LockstepError) => {
        assert.match(error.message, /pictures has 2 pictures that cannot be read: \(1\) ant\/a\.png: it is empty; /);
        return error.blame === 'user';
      });
    } finally {
      for (const name of Object.keys(damaged)) await rm(at('pictures', name), { force: true });
    }
  });

  const refused: readonly (readonly [what: string, changes: () => Changes, message: RegExp])[] = [
    [
      'a folder that is not there',
      () => ({ data: { images: at('none') } }),
      /none cannot be read: there is no such folder; give a folder\.$/,
    ],
    [
      'a file in place of a folder',
      () => ({ data: { images: at('pictures.json') } }),
      /pictures\.json cannot be read: it is a file; give a folder\.$/,
    ],
    [
      'pictures without folders',
      () => ({ data: { images: at('pictures', 'ant') } }),
      /ant has no folder, where every class of pictures needs a folder of its name; make at least two\.$/,
    ],
    [
      'a class without pictures',
      () => ({ data: { images: at('gaps') } }),
      /gaps has no pictures \(\.png, .*\) for blue, green; add some, or remove these folders\.$/,
    ],
    [
      'a class that is not named',
      () => ({ data: { classes: ['ant', 'bee'] } }),
      /has a folder cow, but the classes are ant, bee; remove it, or name it in classes\.$/,
    ],
    [
      "a size that is not the model's",
      () => ({ data: { size: [8, 8] } }),
      /data makes pictures of \[8, 8, 3\] \(size and channels\), but the model's input is \[6, 6, 3\]; change one/,
    ],
    [
      'a model of other inputs',
      () => ({ model: { layers: [{ type: 'Dense', units: 3, inputShape: [7] }] } }),
      /The model's input is \[7\], but pictures are \[height, width, 3\]/,
    ],
    [
      'a model of other outputs',
      () => ({ model: { layers: [layers[0], { type: 'Dense', units: 4, activation: 'softmax' }] } }),
      /has 3 classes, but the model tells 4 apart, as its last layer has units: 4; change the last layer's units\.$/,
    ],
    [
      'a loss of numbers',
      () => ({ compile: { optimizer: { name: 'sgd' }, loss: 'meanSquaredError' } }),
      /compile\.loss is meanSquaredError, which takes numbers, but .*pictures has classes; use sparseCategoricalCrossentropy\.$/,
    ],
    [
      'an option that is none',
      () => ({ data: { augment: { flip: 'sideways' } } }),
      /data\.augment\.flip is "sideways".*one of horizontal, vertical, both/,
    ],
    [
      'a key of tables',
      () => ({ data: { label: 'last' } }),
      /data\.label says how rows of data\.csv are read, but the rows come from data\.images; remove it\.$/,
    ],
  ];
  for (const [what, changes, message] of refused) {
    test(what, async () => {
      for (const name of ['blue', 'green', 'red']) await mkdir(at('gaps', name), { recursive: true });
      await writeFile(at('gaps', 'red', 'a.png'), '');
      await assert.rejects(train(configOf(changes())), (error: LockstepError) => {
        assert.match(error.message, message);
        return error.blame === 'user';
      });
      assert.equal((await readdir(folder)).includes('refused'), false);
    });
  }

  test('a class that the model does not know, where labels are needed', async () => {
    await writePictures(at('more'), { ant: 1, dog: 1 });
    const { code, stderr } = await lockstep('evaluate', 'run', '--data', 'more');
    assert.deepEqual(
      [code, stderr.replace(/.*more has/, 'more has')],
      [2, 'more has a folder dog, but the classes are ant, bee, cow; remove it, or name it in classes.\n'],
    );
  });

  test('--label, as the classes are the folders', async () => {
    const { code, stderr } = await lockstep('init', 'pictures', '--label', 'kind');
    assert.equal(code, 2);
    assert.match(stderr, /--label kind names a column, but the classes of pictures are their folders; leave it out\./);
  });
});
