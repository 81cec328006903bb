import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { data as arrays } from '../../../../src/index.js';
import type { RunConfigInput } from '../../../../src/run/config/schema.js';
import { evaluateRows, predictRows } from '../../../../src/run/data/batched.js';
import type { RunEvent } from '../../../../src/run/events.js';
import { predictedArrays } from '../../../../src/run/predictedArrays.js';
import { type TrainOptions, train } from '../../../../src/run/train.js';
import { labelledRowsFor, openTrained, rowsFor } from '../../../../src/run/trained.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

/**
 * Runs on the same 240 digits in every format, as NumPy and others wrote them (test/golden/generate/arrays.py), beside a run on the
 * table that they come from.
 */

const root = packageRoot(import.meta.url);
const golden = (name: string): string => join(root, 'test', 'golden', 'data', 'arrays', name);

let folder: string;
let expected: string;
const at = (...names: string[]): string => join(folder, ...names);

type Data = RunConfigInput['data'];

function config(data: object, changes: Partial<RunConfigInput> = {}): RunConfigInput {
  return {
    name: 'digits',
    model: {
      layers: [
        { type: 'Flatten', inputShape: [8, 8] },
        { type: 'Dense', units: 10, activation: 'softmax' },
      ],
    },
    data: { shuffle: true, standardize: true, ...data } as Data,
    compile: { optimizer: { name: 'adam' }, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] },
    fit: { epochs: 2, batchSize: 32, validationSplit: 0.1 },
    ...changes,
    run: { workers: 1, engine: 'reference', checkpoint: { everySteps: 5, keep: 100 }, ...changes.run },
  };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const whole = gunzipSync(await readFile(join(root, 'examples', 'data', 'digits.csv.gz'))).toString();
  await writeFile(at('digits.csv'), whole.split('\n').slice(0, 240).join('\n'));
  const table = config({ csv: at('digits.csv'), header: false }, { run: { out: at('table') } });
  expected = (await train(table)).fingerprint;
});
after(() => rm(folder, { recursive: true }));

/** The 240 digits in a format, and the 80 others with the file of their labels, where there are files of those. */
const formats: Readonly<Record<string, { data: object; other?: readonly [file: string, labels?: string] }>> = {
  'NPY with a file of labels': {
    data: { npy: golden('digits-x.npy'), labels: golden('digits-y.npy') },
    other: [golden('digits-test-x.npy'), golden('digits-test-y.npy')],
  },
  'NPY of float16 with a column of labels': {
    data: { npy: golden('digits-columns.npy'), label: 'last' },
    other: [golden('digits-test-columns.npy')],
  },
  'NPZ, packed': { data: { npz: golden('digits.npz') }, other: [golden('digits.npz')] },
  'Arrow, a column a number, packed by LZ4': { data: { arrow: golden('digits.feather') } },
  safetensors: { data: { safetensors: golden('digits.safetensors') } },
  'IDX, labels gzipped': {
    data: { idx: golden('digits-images-idx3-ubyte'), labels: golden('digits-labels-idx1-ubyte.gz') },
  },
  'numbers without a head': {
    data: { raw: golden('digits.u16'), dtype: 'uint16', shape: [8, 8], labels: golden('digits-y.npy') },
  },
};

async function interrupted(given: RunConfigInput, out: string): Promise<void> {
  const controller = new AbortController();
  const onEvent = ({ event }: RunEvent): void => {
    if (event === 'epoch') controller.abort();
  };
  const options: TrainOptions = { signal: controller.signal, onEvent };
  await assert.rejects(train({ ...given, run: { ...given.run, out } }, options), { code: 'ABORTED' });
  const checkpoints = join(out, 'checkpoints');
  const late = (await readdir(checkpoints)).filter((name) => name > 'step-00000005.ckpt' || name === 'best.ckpt');
  await Promise.all(late.map((name) => rm(join(checkpoints, name))));
}

describe('A run on arrays', () => {
  for (const [title, { data, other }] of Object.entries(formats)) {
    test(`has the bits of the same rows in a table, read before or while it trains, and resumed within an epoch: ${title}`, async () => {
      const out = at(title.replaceAll(/\W/g, '-'));
      const whole = await train(config(data, { run: { out: `${out}-whole` } }));
      assert.equal(whole.fingerprint, expected);
      const ahead = config({ ...data, inMemory: false });
      await interrupted(ahead, out);
      assert.equal((await train(out, { resume: true })).fingerprint, expected);
      if (other === undefined) return;
      const [path, labels] = other;
      const judged: unknown[] = [];
      for (const run of [out, `${out}-whole`]) {
        const trained = await openTrained(run, { workers: 1, engine: 'reference' });
        await using trainer = trained.trainer;
        const logs = await evaluateRows(trainer, await labelledRowsFor(trained, path, labels), 32);
        const [{ values, shape }] = await predictRows(trainer, await rowsFor(trained, path), 32);
        assert.deepEqual(shape, [80, 10]);
        judged.push([logs, Array.from(values)]);
      }
      assert.deepEqual(judged[0], judged[1], 'rows read batch by batch are judged as those in memory are');
    });
  }

  test('validates on the test rows of a file that has some, to the values of a table of these rows', async () => {
    const { x_test: x, y_test: y } = await arrays.npz(golden('digits.npz'), ['x_test', 'y_test']);
    const rows = Array.from(y.values, (label, i) => [...x.values.subarray(64 * i, 64 * i + 64), label].join(','));
    await writeFile(at('test.csv'), rows.join('\n'));
    const fit = { epochs: 1, batchSize: 32 };
    const losses: unknown[] = [];
    for (const [name, data] of Object.entries({
      'by-table': { csv: at('digits.csv'), validation: at('test.csv'), header: false },
      'by-npz': { npz: golden('digits.npz'), validation: golden('digits.npz') },
      ahead: { npz: golden('digits.npz'), validation: golden('digits.npz'), inMemory: false },
    })) {
      const { metrics } = await train(config(data, { fit, run: { out: at(name) } }));
      losses.push([metrics.val_loss, metrics.val_accuracy]);
    }
    assert.ok((losses[0] as number[])[0] > 0);
    assert.deepEqual(losses.slice(1), [losses[0], losses[0]]);
  });

  test('divides bytes as the Rescaling of Keras does, by one multiplication', async () => {
    const model = (first: object[]): RunConfigInput['model'] => ({
      layers: [...first, { type: 'Dense', units: 10, activation: 'softmax' }] as never,
    });
    const bytes = { npz: golden('digits.npz'), standardize: false };
    const scaled = await train(
      config(
        { ...bytes, scale: 16 },
        { model: model([{ type: 'Flatten', inputShape: [8, 8] }]), run: { out: at('scaled') } },
      ),
    );
    const rescaling = [{ type: 'Rescaling', scale: 1 / 16, inputShape: [8, 8] }, { type: 'Flatten' }];
    const layered = await train(config(bytes, { model: model(rescaling), run: { out: at('rescaled') } }));
    assert.equal(scaled.loss, layered.loss);
  });

  test('has the same bits where the ranks read bytes from the file themselves, resumed within an epoch', async () => {
    const data = { idx: golden('digits-images-idx3-ubyte'), labels: golden('digits-labels-idx1-ubyte.gz') };
    const asIs = { ...data, shuffle: false, standardize: false, scale: 16 };
    const held = await train(config(asIs, { run: { out: at('held') } }));
    await interrupted(config({ ...asIs, inMemory: false }), at('by-ranks'));
    const resumed = await train(at('by-ranks'), { resume: true });
    assert.equal(resumed.fingerprint, held.fingerprint);
    assert.equal(resumed.metrics.val_loss, held.metrics.val_loss);
  });

  test('finds the names of classes in an array of texts, and keeps them', async () => {
    const out = at('words');
    const classes = ['eight', 'five', 'four', 'nine', 'one', 'seven', 'six', 'three', 'two', 'zero'];
    await train(config({ npz: golden('digits-words.npz') }, { run: { out } }));
    const kept = JSON.parse(await readFile(join(out, 'preprocessing.json'), 'utf8'));
    assert.deepEqual(kept.classes, classes);
    const wrong = config({ npz: golden('digits-words.npz'), classes: [...classes.slice(1), 'ten'] });
    await assert.rejects(train({ ...wrong, run: { out: at('none') } }), {
      code: 'LABEL_OUT_OF_RANGE',
      message:
        /y of .*digits-words\.npz has labels that are none of the classes .*: "eight" in row 8, "eight" in row 18/,
    });
  });

  test('takes labels that are names or numbers as those that it was trained on, and refuses the others', async () => {
    const words = await readFile(golden('digits-words.npz'));
    const begin = words.lastIndexOf(Buffer.from('\x93NUMPY', 'latin1'));
    await writeFile(at('words.npy'), words.subarray(begin, words.indexOf('PK\x01\x02', begin, 'latin1')));
    const files = { numbers: golden('digits-y.npy'), names: at('words.npy') };
    for (const [form, labels] of Object.entries(files)) {
      const out = at(`trained-on-${form}`);
      await train(config({ npy: golden('digits-x.npy'), labels }, { fit: { epochs: 1 }, run: { out } }));
      const trained = await openTrained(out, { workers: 1, engine: 'reference' });
      await using _trainer = trained.trainer;
      for (const [given, file] of Object.entries(files)) {
        const read = labelledRowsFor(trained, golden('digits-x.npy'), file);
        if (given === form) assert.equal((await read).rows, 240);
        else {
          const message = new RegExp(
            `labels that are ${given}, but the model was trained on labels that are ${form}; save`,
          );
          await assert.rejects(read, { code: 'LABEL_FORM', message });
        }
      }
    }
  });

  test('tells of a number that is none by its row and column in the file, before rows are mixed and scaled', async () => {
    const save = async (name: string, columns: number, bad: Readonly<Record<number, number>>): Promise<string> => {
      const values = Object.assign(
        Float32Array.from({ length: 240 * columns }, (_, i) => i % 7),
        bad,
      );
      await writeFile(at(name), predictedArrays(name, [{ values, shape: [240, columns] }], ['x']) as Uint8Array);
      return at(name);
    };
    const bad = await save('bad.npy', 65, { [65 * 33 + 7]: Number.NaN, [65 * 32 + 5]: Number.POSITIVE_INFINITY });
    const unlabelled = await save('unlabelled.npy', 1, { 200: Number.NaN });
    const layers = [
      { type: 'Flatten', inputShape: [8, 8] },
      { type: 'Dense', units: 1 },
    ] as never;
    const regression = {
      model: { layers },
      compile: { optimizer: { name: 'adam' }, loss: 'meanSquaredError' },
    } as const;
    for (const [data, place] of [
      [{ npy: bad, label: 0 }, 'bad.npy has Infinity in row 32, column 5'],
      [{ npy: bad, label: 'last', inMemory: false }, 'bad.npy has Infinity in row 32, column 5'],
      [{ npy: golden('digits-x.npy'), labels: unlabelled }, 'unlabelled.npy has NaN in row 200, column 0'],
    ] as const) {
      const given = config(data, { ...regression, fit: { epochs: 1, batchSize: 32 }, run: { out: at('not-finite') } });
      const message = new RegExp(`${place}, but every value must be a finite number; fill it in, or leave out the row`);
      await assert.rejects(train(given), { code: 'NON_FINITE_DATA', message });
    }
  });

  test('gives inputs and outputs the arrays of their names', async () => {
    const layers = [
      { type: 'Input', name: 'left', shape: [8, 4] },
      { type: 'Input', name: 'right', shape: [8, 4] },
      { type: 'Concatenate', name: 'both', inputs: ['left', 'right'] },
      { type: 'Flatten', name: 'flat', inputs: ['both'] },
      { type: 'Dense', name: 'digit', units: 10, activation: 'softmax', inputs: ['flat'] },
      { type: 'Dense', name: 'odd', units: 1, activation: 'sigmoid', inputs: ['flat'] },
    ];
    const several = (data: object, out: string): RunConfigInput =>
      config(data, {
        model: { layers, outputs: ['digit', 'odd'] },
        compile: {
          optimizer: { name: 'adam' },
          loss: { odd: 'binaryCrossentropy', digit: 'categoricalCrossentropy' },
          metrics: { odd: ['accuracy'] },
        },
        run: { out: at(out) },
      });
    const file = golden('digits-halves.npz');
    const [named, given] = [{ npz: file }, { npz: file, x: ['left', 'right'], y: { digit: 'digit', odd: 'odd' } }];
    const { fingerprint } = await train(several(named, 'named'));
    assert.equal((await train(several({ ...given, inMemory: false }, 'given'))).fingerprint, fingerprint);
    const trained = await openTrained(at('named'), { workers: 1, engine: 'reference' });
    await using trainer = trained.trainer;
    const predictions = await predictRows(trainer, await rowsFor(trained, file), 32);
    const names = trainer.outputs.map(({ name }) => name);
    await writeFile(at('all.npz'), predictedArrays('all.npz', predictions, names) as Uint8Array);
    const { digit, odd } = await arrays.npz(at('all.npz'));
    assert.deepEqual([digit.shape, odd.shape, odd.values], [[240, 10], [240, 1], predictions[1].values]);
    assert.throws(() => predictedArrays('all.csv', predictions, names), { code: 'SEVERAL_TENSORS', message: /\.npz/ });
    await assert.rejects(train(several({ npz: golden('digits.npz') }, 'none')), {
      code: 'ARRAY_MISSING',
      message:
        /has no array that is called one for each input: left, right, but x_train, y_train, x_test, y_test; name .* data\.x/,
    });
  });

  test('is not resumed on other data, and the difference is told', async () => {
    const out = at('moved');
    const path = at('x.npy');
    await copyFile(golden('digits-x.npy'), path);
    const data = { npy: path, labels: golden('digits-y.npy') };
    await interrupted(config(data), out);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    const resume = (): Promise<unknown> => train(out, { resume: true });
    await assert.rejects(resume, {
      code: 'RESUME_MISMATCH',
      message: /x\.npy has other numbers in the array than those that the run/,
    });
    await copyFile(golden('digits-test-x.npy'), path);
    await assert.rejects(resume, {
      code: 'ROWS_DIFFER',
      message: /uint8 \[80, 8, 8\].* differ in their number of rows/,
    });
    await copyFile(golden('digits-x.npy'), path);
    assert.equal((await train(out, { resume: true })).fingerprint, expected);
  });
});

describe('Arrays that do not fit the model are refused before anything is written', () => {
  const x = golden('digits-x.npy');
  const labels = golden('digits-y.npy');
  const refusals: readonly [what: string, data: object, says: RegExp, changes?: Partial<RunConfigInput>][] = [
    ['no labels', { npy: x }, /has no labels that are known; name the file of labels, in a config with data\.labels/],
    ['two places of labels', { npy: x, labels, label: 'last' }, /data\.label names columns and data\.labels a file/],
    ['a column that is not there', { npy: golden('digits-columns.npy'), label: 65 }, /has columns 0 to 64/],
    ['columns of pictures', { npy: x, label: 'last' }, /is not \[rows, columns\]/],
    ['a name that is not there', { npz: golden('digits.npz'), x: 'z' }, /has no array z, but x_train, y_train/],
    ['texts for numbers', { npz: golden('digits-words.npz'), x: 'y', y: 'x' }, /holds texts, but numbers are needed/],
    [
      'rows of another shape',
      { npy: x, labels },
      /rows of \[8, 8\], but input .* takes \[4, 16\]; reshape it, or change the model/,
      {
        model: {
          layers: [
            { type: 'Flatten', inputShape: [4, 16] },
            { type: 'Dense', units: 10 },
          ],
        },
      },
    ],
    [
      'class numbers beyond those of the model',
      { npy: x, labels },
      /none of class numbers from 0 to 7: 8 in row 8, 9 in row 9,( \d in row \d+,){7} \d in row \d+ …; mend them/,
      {
        model: {
          layers: [
            { type: 'Flatten', inputShape: [8, 8] },
            { type: 'Dense', units: 8 },
          ],
        },
      },
    ],
    [
      'keys of another format',
      { npz: golden('digits.npz'), labels },
      /data\.labels says how rows of data\.npy are read/,
    ],
    ['labels of a file of several', { npy: x, labels: golden('digits.npz') }, /but a file of labels has one/],
  ];
  for (const [what, data, says, changes] of refusals) {
    test(what, async () => {
      const out = at('refused');
      await assert.rejects(train(config(data, { ...changes, run: { out } })), ({ message, blame }) => {
        assert.match(message, says);
        return blame === 'user';
      });
      assert.ok(!(await readdir(folder)).includes('refused'));
    });
  }
});
