import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { encodeNpy } from '../../../../src/coordinator/data/arrays/writeNpy.js';
import { data, type LabelledData, Trainer } from '../../../../src/index.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

/** Rows that stay in their file: ranks read those of each batch. */

const golden = (name: string): string => join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'arrays', name);

const ROWS = 90;
const x = Float32Array.from({ length: ROWS * 5 }, (_, i) => Math.sin(i));
const y = Int32Array.from({ length: ROWS }, (_, i) => i % 3);

let folder: string;
const at = (name: string): string => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await writeFile(at('x.npy'), encodeNpy({ values: x, shape: [ROWS, 5] }));
  await writeFile(at('x64.npy'), encodeNpy({ values: Float64Array.from(x), shape: [ROWS, 5] }));
  await writeFile(at('y.npy'), encodeNpy({ values: y, shape: [ROWS] }));
});
after(() => rm(folder, { recursive: true }));

function open(workers: number, engine: 'reference' | 'auto' = 'auto'): Promise<Trainer> {
  const layers = [
    { type: 'Dense', units: 4, activation: 'tanh', inputShape: [5] },
    { type: 'Dense', units: 3, activation: 'softmax' },
  ];
  return Trainer.create(layers, { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', workers, engine, seed: 1 });
}

const options = { epochs: 2, batchSize: 16, validationSplit: 0.2 };

describe('Rows that stay in their file', () => {
  test('train to the bits of the same rows in memory, with any number of workers and either engine', async () => {
    for (const engine of ['reference', 'auto'] as const) {
      await using held = await open(1, engine);
      const { history } = await held.fit({ x: { values: x, shape: [ROWS, 5] }, y }, options);
      for (const workers of [1, 2, 3]) {
        await using trainer = await open(workers, engine);
        const rows = await data.rows({ x: at('x.npy'), y: at('y.npy') });
        assert.ok('x' in rows, 'ranks read float32 themselves');
        assert.deepEqual((await trainer.fit(rows, options)).history, history);
        assert.equal(trainer.fingerprint(), held.fingerprint());
      }
    }
  });

  test('are evaluated and predicted as those in memory', async () => {
    await using trainer = await open(2);
    const rows = (await data.rows({ x: at('x.npy'), y: at('y.npy') })) as LabelledData;
    const held = { x: { values: x, shape: [ROWS, 5] }, y };
    assert.deepEqual(await trainer.evaluate(rows, { batchSize: 7 }), await trainer.evaluate(held, { batchSize: 7 }));
    assert.deepEqual(await trainer.predict(rows, { batchSize: 7 }), await trainer.predict(held, { batchSize: 7 }));
    assert.deepEqual(trainer.predictSync(rows, { batchSize: 7 }), await trainer.predict(held, { batchSize: 7 }));
  });

  test('are a source where they have to be converted, to the same bits', async () => {
    const { validationSplit: _, ...whole } = options;
    await using held = await open(1);
    await held.fit({ x: { values: x, shape: [ROWS, 5] }, y }, whole);
    await using trainer = await open(2);
    const rows = await data.rows({ x: at('x64.npy'), y: at('y.npy') });
    assert.ok('read' in rows, 'float64 is rounded first');
    await trainer.fit(rows, whole);
    assert.equal(trainer.fingerprint(), held.fingerprint());
  });

  test('that have a value which is not finite, or are cut off, end in one sentence with the row', async () => {
    const wrong = x.slice();
    wrong[5 * 33 + 2] = Number.NaN;
    await writeFile(at('nan.npy'), encodeNpy({ values: wrong, shape: [ROWS, 5] }));
    await using trainer = await open(2);
    await assert.rejects(trainer.fit(await data.rows({ x: at('nan.npy'), y: at('y.npy') }), { batchSize: 16 }), {
      code: 'NON_FINITE_DATA',
      message: /nan\.npy has NaN in row 33, column 2, but every value must be a finite number/,
    });
    await writeFile(at('cut.npy'), encodeNpy({ values: x, shape: [ROWS, 5] }));
    const rows = await data.rows({ x: at('cut.npy'), y: at('y.npy') });
    await truncate(at('cut.npy'), 1000);
    await using another = await open(2);
    await assert.rejects(another.fit(rows, { batchSize: 16 }), {
      code: 'DATA_UNREADABLE',
      message: /cut\.npy ends before the rows that it had/,
    });
  });

  test('are arrays by the names of inputs, which have as many rows as the labels', async () => {
    const file = golden('digits-halves.npz');
    const place = (array: string) => ({ file, array });
    const rows = await data.rows({ x: { a: place('left'), b: place('right') }, y: place('digit') });
    assert.ok('x' in rows && rows.rows === 240);
    assert.deepEqual(Object.keys(rows.x), ['a', 'b']);
    const wide = await data.rows({ x: [at('x64.npy')], y: at('y.npy') });
    assert.ok('read' in wide);
    const { x: inputs } = await wide.read(Int32Array.of(3), 0);
    assert.deepEqual(inputs, { values: Float64Array.from(x.subarray(15, 20)), shape: [1, 5] });
    await assert.rejects(data.rows({ x: at('x.npy'), y: place('digit') }), {
      code: 'ROWS_DIFFER',
      message: /x\.npy \(float32 \[90, 5\]\) and digit of .* \(int64 \[240\]\) differ/,
    });
  });
});
