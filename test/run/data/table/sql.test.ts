import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readConfig } from '../../../../src/run/config/read.js';
import { files, input, inputs, labels, load, makeFolder } from './tables.js';

const read = (sql: string, columns: object = { '*': 'ignore', age: 'number' }) =>
  load({ data: { sql, folder: files, label: 'left', missing: 'fill', columns }, validationSplit: 0.2 });

describe('The rows of a query', () => {
  test('are those of the files that it names, from the folder of the config', async () => {
    const sql = `select *, row_number() over () as id from 'members.parquet' order by id`;
    const columns = { note: 'text', joined: 'date', id: 'ignore' };
    const table = await load({
      data: {
        table: join(files, 'members.parquet'),
        label: 'left',
        missing: 'fill',
        columns: { note: 'text', joined: 'date' },
      },
      validationSplit: 0.2,
    });
    const found = await read(sql, columns);
    assert.deepEqual(inputs(found), inputs(table));
    assert.deepEqual(labels(found), labels(table));
  });

  test('come in the order that it says, however many there are', async () => {
    const sql = `select range as n, (range % 2) as y from range(300_000) order by 1 desc`;
    const data = { sql, folder: files, label: 'y', columns: { n: { kind: 'number', standardize: false } } };
    const found = input(await load({ data }));
    assert.equal(found.length, 300_000);
    assert.ok(found.every((n, row) => n === 299_999 - row));
  });

  const refused: [what: string, sql: string, told: RegExp][] = [
    ['without an order', `select age, "left" from 'members.parquet'`, /does not order its rows.*end it with order by/],
    [
      'with rows that tie',
      `select age, member, "left" from 'members.parquet' order by member`,
      /several rows of the same member \((true|false)\).*order by columns that tell all rows apart/,
    ],
    [
      'ordered by what it does not select',
      `select age, "left" from 'members.parquet' order by joined`,
      /ordered by what is not among its columns \(age, left\)/,
    ],
    [
      'of a file that is not there',
      `select * from 'nowhere.parquet' order by 1`,
      /query of data\.sql cannot be read as a table: .*nowhere\.parquet/,
    ],
    ['that is none', 'selec 1', /query of data\.sql cannot be read as a table: .*syntax error/],
    ['that does more than select', 'select 1 as a order by a; select 2', /has 2 statements/],
    ['that writes', `copy (select 1) to 'x.csv'`, /cannot be read as a table/],
  ];
  for (const [what, sql, told] of refused)
    test(`are refused of a query ${what}`, () => assert.rejects(read(sql), told));

  test('are looked for in the folder of the config', async () => {
    const folder = await makeFolder();
    const layers = [{ type: 'Dense', units: 1 }];
    const config = {
      model: { layers },
      data: { sql: 'select 1 order by 1' },
      compile: { optimizer: 'sgd', loss: 'meanSquaredError' },
    };
    const path = await folder.write('query.json', JSON.stringify(config));
    const { data } = await readConfig(path);
    assert.equal((data as { folder: string }).folder, folder.path);
    await folder.remove();
  });
});
