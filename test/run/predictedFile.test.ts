import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { OutputNaming } from '../../src/run/data/format.js';
import { predictedFile, requireKnownEnding } from '../../src/run/predictedFile.js';

const predictions = { values: Float32Array.of(0.1, 0.9, 0.75, 0.25), outputs: 2 };
const naming: OutputNaming = { target: 'classes', classes: ['cat', 'a "dog", or so'], label: ['kind'] };
const named = [{ column: 'id', values: ['007', 'é,1'] }];

describe('What predict writes has what was passed through, a column an output, and the class', () => {
  test('as CSV', async () => {
    assert.equal(
      await predictedFile('out.csv', predictions, naming, named),
      'id,cat,"a ""dog"", or so",class\n007,0.1,0.9,"a ""dog"", or so"\n"é,1",0.75,0.25,cat\n',
    );
  });

  test('as JSON lines', async () => {
    const text = String(await predictedFile('out.jsonl', predictions, naming, named));
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        { id: '007', cat: 0.1, 'a "dog", or so': 0.9, class: 'a "dog", or so' },
        { id: 'é,1', cat: 0.75, 'a "dog", or so': 0.25, class: 'cat' },
      ],
    );
  });

  test('as Parquet, whose numbers are float32', async () => {
    const bytes = (await predictedFile('out.parquet', predictions, naming, named)) as Uint8Array;
    const file = bytes.slice().buffer;
    const rows = await parquetReadObjects({ file, compressors });
    assert.deepEqual(rows, [
      { id: '007', cat: Math.fround(0.1), 'a "dog", or so': Math.fround(0.9), class: 'a "dog", or so' },
      { id: 'é,1', cat: 0.75, 'a "dog", or so': 0.25, class: 'cat' },
    ]);
  });

  const ours = { values: Float32Array.of(3), outputs: 1 };
  const kept = [{ column: 'price', values: ['2'] }];
  const price: OutputNaming = { target: 'numbers', label: ['price'] };
  const classes: OutputNaming = { target: 'classes', classes: ['class', 'b'], label: ['y'] };
  const two = [{ column: 'b', values: ['x'] }];
  test('columns of one name get different ones, and the kept one keeps its own', async () => {
    const single = { values: predictions.values.slice(0, 2), outputs: 2 };
    assert.equal(await predictedFile('-', ours, price, kept), 'price,price predicted\n2,3\n');
    assert.equal(await predictedFile('o.jsonl', ours, price, kept), '{"price":"2","price predicted":3}\n');
    assert.equal(await predictedFile('-', single, classes, two), 'b,class,b predicted,class predicted\nx,0.1,0.9,b\n');
    const bytes = (await predictedFile('o.parquet', ours, price, kept)) as Uint8Array;
    const rows = await parquetReadObjects({ file: bytes.slice().buffer, compressors });
    assert.deepEqual(rows, [{ price: '2', 'price predicted': 3 }]);
  });

  test('numbers that were transformed for training, in the units of the labels', async () => {
    const restore = (value: number): number => 100 * value + 1000;
    const csv = await predictedFile(
      '-',
      { values: Float32Array.of(-1, 0.5), outputs: 1 },
      { target: 'numbers', label: ['price'], restore },
    );
    assert.equal(csv, 'price\n900\n1050\n');
  });
});

describe('What predict writes has the form that the ending of its name promises', () => {
  for (const out of [
    'p.csv.gz',
    'p.jsonl.gz',
    'p.parquet.gz',
    'p.xlsx',
    'p.json',
    'p.tsv',
    'p.npz.zip',
    'a.csv/p.XLS',
  ]) {
    test(`${out} is refused by the endings that there are`, () => {
      const message = /^--out was given [^;]+; give a name that ends in \.csv, \.jsonl, \.parquet, \.npy or \.npz [^.]/;
      assert.throws(() => requireKnownEnding(out), { code: 'INVALID_OPTION', message });
    });
  }

  test('the others are taken, in any case', () => {
    for (const out of [
      'p.csv',
      'P.CSV',
      'p.txt',
      'p',
      'v1.2/p',
      '/dev/fd/3',
      'p.jsonl',
      'p.ndjson',
      'p.PARQUET',
      'p.npy',
      'p.npz',
    ])
      assert.doesNotThrow(() => requireKnownEnding(out), out);
  });
});
