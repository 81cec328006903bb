import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
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
