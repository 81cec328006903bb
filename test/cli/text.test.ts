import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type LockstepError, type RunConfigInput, type Summary, train } from '../../src/index.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { type Ended, startLockstep, summaryIn } from '../helpers/processes.js';
import { writeReviews } from '../helpers/reviews.js';

/** Texts with classes and running text, from init to predictions. */

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const lockstep = (...args: string[]): Promise<Ended> => startLockstep(folder, ...args).ended;
const summaryOf = (ended: Ended) => summaryIn(ended) as unknown as Summary;

/** Ten characters in a circle: whoever knows one knows the next. */
const circle = 'abcde fghi'.repeat(60);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await writeReviews(at('reviews'));
  await writeFile(at('circle.txt'), circle);
});
after(() => rm(folder, { recursive: true }));

const running: RunConfigInput = {
  name: 'circle',
  model: {
    layers: [
      { type: 'Embedding', inputDim: 12, outputDim: 8, inputLength: 5 },
      { type: 'SimpleRNN', units: 16, returnSequences: true },
      { type: 'Dense', units: 12, activation: 'softmax' },
    ],
  },
  data: { text: 'circle.txt', level: 'char', window: 5 },
  compile: {
    optimizer: { name: 'adam', learningRate: 0.02 },
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  },
  fit: { epochs: 12, batchSize: 8, validationSplit: 0.1 },
  run: { workers: 1 },
};

test('init writes a config that reaches what a plain Keras pipeline does on the same texts, to 3 points', async () => {
  const path = join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'textScores.json');
  const { accuracy } = JSON.parse(await readFile(path, 'utf8'));
  assert.deepEqual((await lockstep('init', 'reviews')).stderr, '');
  const { metrics } = summaryOf(await lockstep('train', 'reviews.yaml', '--json'));
  const keras = accuracy.reduce((sum: number, one: number) => sum + one, 0) / accuracy.length;
  assert.ok(metrics.val_accuracy >= keras - 0.03, `${metrics.val_accuracy}, Keras ${accuracy.join(', ')}`);
  const lines = (await lockstep('predict', 'runs/reviews', '--data', 'reviews', '--out', '-')).stdout
    .trim()
    .split('\n');
  assert.equal(lines[0], 'file,bad,good,mixed,class');
  assert.equal(lines.length, 181);
  assert.match(lines[1], /^bad\/000\.txt,.*,bad$/);
  const one = await lockstep('predict', 'runs/reviews', '--data', join('reviews', 'bad', '000.txt'), '--out', '-');
  assert.equal(one.stdout, `${lines[0]}\n${lines[1].replace('bad/', '')}\n`);
  assert.match((await lockstep('evaluate', 'runs/reviews', '--data', 'reviews')).stdout, /180 rows/);
});

test('a model of running text learns what comes next, and predict gives the probabilities of the next token', async () => {
  await writeFile(at('circle.json'), JSON.stringify(running));
  const { metrics } = summaryOf(await lockstep('train', 'circle.json', '--json'));
  assert.ok(metrics.val_accuracy > 0.9, `accuracy ${metrics.val_accuracy}`);
  await writeFile(at('begun.txt'), circle.slice(0, 23));
  const { stdout } = await lockstep('predict', 'runs/circle', '--data', 'begun.txt', '--out', '-');
  const [names, values] = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  assert.deepEqual(names.slice(0, 3), ['[PAD]', '[UNK]', 'i']);
  assert.equal(values.at(-1), 'd');
  assert.ok(Number(values[names.indexOf('d')]) > 0.8);
  assert.match((await lockstep('evaluate', 'runs/circle', '--data', 'circle.txt')).stdout, /119 rows/);
});

test('a resumed run ends with the bits of one that was not interrupted, and goes on with its own text alone', async () => {
  const config = { ...running, data: { ...running.data, text: at('circle.txt') } } as RunConfigInput;
  const fit = { ...running.fit, epochs: 4 };
  const whole = await train({ ...config, fit, run: { workers: 2, out: at('whole') } });
  const controller = new AbortController();
  const onEvent = ({ event }: { readonly event: string }): void => {
    if (event === 'epoch') controller.abort();
  };
  const cut = { ...config, fit, run: { workers: 1, out: at('cut') } };
  await assert.rejects(train(cut, { signal: controller.signal, onEvent }), { code: 'ABORTED' });
  assert.equal((await train(at('cut'), { resume: true })).fingerprint, whole.fingerprint);
  await appendFile(at('circle.txt'), ' ');
  const longer = [{ path: 'fit.epochs', value: 5, from: '--epochs' }];
  await assert.rejects(train(at('cut'), { resume: true, overrides: longer }), {
    code: 'RESUME_MISMATCH',
    message: /circle\.txt no longer holds the texts/,
  });
  await writeFile(at('circle.txt'), circle);
});

test('a model that gives one token behind each window is trained on every window', async () => {
  const layers = [running.model.layers?.[0], { type: 'Flatten' }, { type: 'Dense', units: 12, activation: 'softmax' }];
  const data = { ...running.data, text: at('circle.txt') };
  const given = { ...running, data, model: { layers }, fit: { epochs: 1 }, run: { out: at('one') } } as RunConfigInput;
  let rows = 0;
  await train(given, { onEvent: (event) => void (event.event === 'start' && (rows = event.rows)) });
  assert.equal(rows, circle.length - 5);
});

describe('What cannot be read ends with one sentence', () => {
  const refused: readonly (readonly [what: string, changes: Record<string, unknown>, message: RegExp])[] = [
    [
      'a file that is not there',
      { data: { text: 'none.txt' } },
      /none\.txt cannot be read: there is no such file; give a text file or a folder\.$/,
    ],
    [
      'a file in another encoding',
      { data: { text: 'latin.txt' } },
      /latin\.txt is no text in UTF-8; save it in that encoding\.$/,
    ],
    [
      'a text shorter than a window',
      { data: { text: 'short.txt', level: 'char' } },
      /short\.txt has 3 tokens in one part, but a window of 5 and the token behind it take 6; give a longer text, or a smaller data\.window\.$/,
    ],
    [
      'a model of fewer outputs than tokens',
      {
        model: {
          layers: [...(running.model.layers ?? []).slice(0, 2), { type: 'Dense', units: 9, activation: 'softmax' }],
        },
      },
      /circle\.txt has 12 tokens, padding and the unknown one included, but the model tells 9 apart; give its last layer units: 12, or set data\.maxTokens to 9\.$/,
    ],
    [
      'another loss',
      { compile: { optimizer: { name: 'sgd' }, loss: 'meanSquaredError' } },
      /compile\.loss is meanSquaredError, but the next token of a text is one of many; use sparseCategoricalCrossentropy\.$/,
    ],
    [
      "a window that is not the model's",
      { data: { text: 'circle.txt', window: 7 } },
      /Windows of 7 tokens are rows of \[7\], but the model takes \[5\] and gives \[5, 12\]; change data\.window or inputShape/,
    ],
    [
      'length of running text',
      { data: { text: 'circle.txt', length: 5 } },
      /data\.length is for texts with classes, but .*circle\.txt has no folder for each class; give data\.window/,
    ],
    [
      'length and window',
      { data: { text: 'circle.txt', length: 5, window: 5 } },
      /data\.length is for texts with classes and data\.window for running text; keep the one that the data are\.$/,
    ],
    [
      'an empty class',
      {
        data: { text: 'gaps', length: 5 },
        model: {
          layers: [running.model.layers?.[0], { type: 'Flatten' }, { type: 'Dense', units: 2, activation: 'softmax' }],
        },
      },
      /gaps has no texts \(\.txt\) for empty; add some, or remove the folder\.$/,
    ],
  ];
  before(async () => {
    await writeFile(at('latin.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    await writeFile(at('short.txt'), 'abc');
    for (const name of ['empty', 'full']) await mkdir(at('gaps', name), { recursive: true });
    await writeFile(at('gaps', 'full', 'a.txt'), 'some words');
  });
  for (const [what, { data, ...changes }, message] of refused) {
    test(what, async () => {
      const own = data as { readonly text: string } | undefined;
      const given = { ...running.data, ...own, text: at(own?.text ?? 'circle.txt') };
      const { window: _, ...rest } = given as { window?: number };
      const section = own === undefined || 'window' in own || !('length' in own) ? given : rest;
      const config = {
        ...running,
        ...changes,
        data: section,
        fit: { epochs: 1 },
        run: { out: at('refused') },
      } as RunConfigInput;
      await assert.rejects(train(config), (error: LockstepError) => {
        assert.match(error.message, message);
        return error.blame === 'user';
      });
      assert.equal((await readdir(folder)).includes('refused'), false);
    });
  }
});
