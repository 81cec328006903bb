import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KeptTable } from '../../../../src/run/data/table/kept.js';
import { files, input, inputs, labels, load } from './tables.js';

/** What pandas, NumPy and Keras make of the same columns (files/make.py). The first 48 of the 60 rows train. */
const expected = JSON.parse(readFileSync(join(files, 'expected.json'), 'utf8'));

const columns = (columns: object) =>
  load({
    data: { table: join(files, 'members.csv'), columns: { '*': 'ignore', ...columns } },
    validationSplit: 0.2,
  });

function near(actual: readonly number[], wanted: readonly number[]): void {
  assert.equal(actual.length, wanted.length);
  actual.forEach((value, i) => {
    assert.ok(
      Math.abs(value - wanted[i]) <= 1e-6 * Math.max(1, Math.abs(wanted[i])),
      `row ${i}: ${value}, not ${wanted[i]}`,
    );
  });
}

describe('A column becomes the inputs that pandas and Keras make of it, learned from the training rows alone', () => {
  for (const missing of ['mean', 'median', 'mostFrequent']) {
    test(`numbers, standardized, where the ${missing} stands for what is missing`, async () => {
      near(input(await columns({ age: { kind: 'number', missing } })), expected[`age ${missing}`]);
    });
  }

  test('numbers with an input that says where they are missing', async () => {
    const data = await columns({ age: { kind: 'number', missing: 'median', indicator: true } });
    near(input(data), expected['age median']);
    assert.deepEqual(input(data, 1), expected['age missing']);
  });

  test('categories: the most frequent first, unknown before them, as StringLookup has them', async () => {
    const data = await columns({ city: { kind: 'category', missing: 'unknown' } });
    assert.deepEqual(inputs(data), expected.city);
    const [{ fitted }] = (data.kept as KeptTable).features;
    assert.deepEqual(['[UNK]', ...(fitted as { words: string[] }).words], expected['city vocabulary']);
  });

  test('categories that are rare, or beyond the most that are told apart, are unknown', async () => {
    const frequent = expected['city vocabulary'].slice(1, 3);
    for (const spec of [{ most: 2 }, { least: 10 }]) {
      const data = await columns({ city: { kind: 'category', missing: 'unknown', ...spec } });
      const [{ fitted }] = (data.kept as KeptTable).features;
      assert.deepEqual((fitted as { words: string[] }).words, frequent);
    }
  });

  test('yes and no', async () => {
    assert.deepEqual(input(await columns({ member: 'boolean' })), expected.member);
  });

  test('dates, as the parts that the config names', async () => {
    const parts = ['days', 'year', 'month', 'day', 'weekday'];
    const data = await columns({ joined: { kind: 'date', format: 'DD/MM/YYYY', parts, standardize: false } });
    for (const [i, part] of parts.entries()) assert.deepEqual(input(data, i), expected[`joined ${part}`], part);
  });

  test('texts: the words of TextVectorization, each 1 where the text has it', async () => {
    const data = await columns({ note: 'text' });
    const [{ fitted }] = (data.kept as KeptTable).features;
    assert.deepEqual(['[UNK]', ...(fitted as { words: string[] }).words], expected['note vocabulary']);
    assert.deepEqual(inputs(data), expected.note);
  });

  test('labels that are names, in alphabetical order', async () => {
    const data = await columns({ member: 'boolean' });
    assert.deepEqual(labels(data), expected.left.slice(0, 48));
  });

  test('rows without a value are left out where the config says so', async () => {
    const data = await load({
      data: {
        table: join(files, 'members.csv'),
        columns: { '*': 'ignore', age: 'number', income: 'number', city: 'category' },
        missing: 'drop',
        standardize: false,
      },
    });
    const all = await columns({ age: { kind: 'number', missing: 'mean', standardize: false } });
    assert.deepEqual(
      input(data),
      expected['rows without a gap'].map((row: number) => input(all)[row]),
    );
  });

  for (const [loss, label, values] of [
    ['binaryCrossentropy', 'kind', [0, 1, 1]],
    ['meanSquaredError', 'cost', [5, 6, 8]],
  ] as const) {
    test(`rows without a label are left out where the config says so, with ${loss}`, async () => {
      const table = join(tmpdir(), `lockstep-gaps-${process.pid}.csv`);
      await writeFile(table, 'a,kind,cost\n1,no,5\n2,yes,6\n3,NA,\n4,yes,8\n');
      const data = { table, label, columns: { '*': 'ignore', a: { kind: 'number', standardize: false } } };
      try {
        const read = await load({ data: { ...data, missing: 'drop' }, loss });
        assert.deepEqual([input(read), labels(read)], [[1, 2, 4], values]);
        await assert.rejects(load({ data, loss }), /row 4, column "\w+": .*fill it in, or leave out the row/);
      } finally {
        await rm(table);
      }
    });
  }
});
