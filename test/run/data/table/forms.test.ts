import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KeptTable } from '../../../../src/run/data/table/kept.js';
import { readRows } from '../../../../src/run/data/table/load.js';
import { surveyTable } from '../../../../src/run/data/table/survey/survey.js';
import { files, inputs, labels, load } from './tables.js';

const read = (name: string, data: object = {}) =>
  load({
    data: {
      table: join(files, name),
      label: 'left',
      missing: 'fill',
      columns: { note: 'text', joined: { kind: 'date', parts: ['days', 'weekday'] }, ...data },
    },
    validationSplit: 0.2,
  });

const dayFirst = { joined: { kind: 'date', format: 'DD/MM/YYYY', parts: ['days', 'weekday'] } };

describe('The same rows are the same numbers in every form that pandas and pyarrow write', () => {
  const forms: [name: string, data?: object][] = [
    ['members.parquet'],
    ['parts'],
    ['parts/*.parquet'],
    ['members.jsonl'],
    ['members.jsonl.gz'],
    ['members.tsv', dayFirst],
    ['members-packed.csv.gz'],
  ];
  for (const [name, data] of forms) {
    test(name, async () => {
      const [found, wanted] = [await read(name, data), await read('members.csv', dayFirst)];
      assert.deepEqual(inputs(found), inputs(wanted));
      assert.deepEqual(labels(found), labels(wanted));
    });
  }

  test('members-comma.csv, with semicolons, decimal commas, CRLF and NA', async () => {
    const data = {
      table: join(files, 'members-comma.csv'),
      label: 'left',
      missing: 'fill',
      decimal: ',',
      columns: { note: 'text', joined: { kind: 'date', format: 'DD.MM.YYYY', parts: ['days', 'weekday'] } },
    };
    const found = await load({ data, validationSplit: 0.2 });
    assert.deepEqual(inputs(found), inputs(await read('members.csv', dayFirst)));
  });
});

describe('Whole numbers beyond 2^53 stay as pandas has them', () => {
  const wanted: string[][] = JSON.parse(readFileSync(join(files, 'ids.json'), 'utf8'));
  for (const name of ['ids.parquet', 'ids.jsonl']) {
    test(`${name}: passed through digit by digit, and told apart`, async () => {
      const path = join(files, name);
      const { kept } = await load({ data: { table: path, label: 'left', columns: { x: 'number', '*': 'ignore' } } });
      const model = { inputShape: [1], outputShape: [1] };
      const { named = [] } = await readRows(path, kept as KeptTable, model, ['id', 'big', 'x']);
      assert.deepEqual(
        wanted.map((_, row) => [named[0].values[row], named[1].values[row]]),
        wanted,
      );
      assert.equal(named[2].values.slice(0, 5).join(), '0,1,2,3,0');
      const { fields } = await surveyTable(path);
      assert.deepEqual(
        fields.slice(0, 3).map(({ name, distinct, remark }) => [name, distinct, remark]),
        [
          ['id', 20, 'it counts the rows'],
          ['big', 19, 'whole numbers beyond 2^53, which a model cannot tell apart'],
          ['x', 4, undefined],
        ],
      );
    });
  }
});
