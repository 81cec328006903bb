import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Asked, load, makeFolder } from './tables.js';

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder();
});
after(() => folder.remove());

type Data = Asked['data'];
const header = 'a,b,when,ok,y\n';
const row = (cells: Partial<Record<'a' | 'b' | 'when' | 'ok' | 'y', string>> = {}): string =>
  Object.values({ a: '1', b: 'x', when: '2024-01-02', ok: 'yes', y: 'no', ...cells }).join(',');
const rows = (...given: Parameters<typeof row>): string =>
  `${header}${row()}\n${row({ y: 'yes', ok: 'no', a: '2', b: 'z', when: '2024-01-03' })}\n${row(...given)}\n`;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
/** Longer than what is read of a file at a time. */
const long = 'é,ü,x,y,no\n'.repeat(40_000);

const problems: [what: string, content: string | Buffer, data: Data, told: RegExp][] = [
  [
    'a missing number',
    rows({ a: '' }),
    {},
    /row 4, column "a": the cell is empty; fill it in, or set data\.missing to fill or drop/,
  ],
  ['a missing category', rows({ b: 'NA' }), {}, /row 4, column "b": the cell is empty/],
  [
    'a date of another form',
    rows({ when: '31/12/24' }),
    { columns: { when: 'date' } },
    /row 4, column "when": "31\/12\/24" is no date of the form YYYY-MM-DD; mend the cell, or give the format/,
  ],
  [
    'a day that is not in its month',
    rows({ when: '2024-02-30' }),
    { columns: { when: 'date' } },
    /"2024-02-30" is no date/,
  ],
  [
    'a word that is neither yes nor no',
    rows({ ok: 'maybe' }),
    { columns: { ok: 'boolean' } },
    /row 4, column "ok": "maybe" is neither true nor false/,
  ],
  [
    'a word among numbers',
    rows({ a: 'many' }),
    { columns: { a: 'number' } },
    /row 4, column "a": "many" is not a finite number/,
  ],
  ['a missing label', rows({ y: '' }), {}, /row 4, column "y": the cell is empty; fill it in, or leave out the row/],
  [
    'a third class',
    rows({ y: 'perhaps' }),
    {},
    /the labels name 3 classes \(no, perhaps, yes\), but the model tells 2 apart/,
  ],
  [
    'a class that is not named',
    rows({ y: 'perhaps' }),
    { classes: ['no', 'yes'] },
    /row 4, column "y": label "perhaps" is not in data\.classes/,
  ],
  [
    'a column that is not there',
    rows(),
    { columns: { volume: 'number' } },
    /no column volume, which data\.columns names; there are a, b, when/,
  ],
  [
    'a pattern that fits nothing',
    rows(),
    { columns: { 'sensor_*': 'number' } },
    /no column sensor_\*, which data\.columns names; its columns are a, b, when, ok, y/,
  ],
  ['nothing to learn from', rows(), { ignore: ['a', 'b', 'when', 'ok'] }, /has no feature columns/],
  ['Latin-1', latin1(rows({ b: 'caf\xe9' })), {}, /is not UTF-8: in line 4 stands the byte 0xE9, .*; save it as UTF-8/],
  ['Latin-1 in the header', latin1('\xe4,b\r\n1,2\r\n'), {}, /is not UTF-8: in line 1 stands the byte 0xE4/],
  [
    'Latin-1 far behind, where lines end in CR',
    Buffer.concat([Buffer.from(`${header}${long}`.replaceAll('\n', '\r')), latin1('1,\xdf\r')]),
    {},
    /is not UTF-8: in line 40002 stands the byte 0xDF/,
  ],
  ['a letter that is cut', Buffer.from(rows({ y: 'né' })).subarray(0, -2), {}, /in line 4 stands the byte 0xC3/],
  ['no rows', header, { columns: { '*': 'ignore', a: 'number' } }, /has a header but no rows/],
  ['an empty file', '', {}, /is empty/],
  ['a line of numbers where names were expected', '1,2,3\n4,5,6\n', {}, /begins with a line of numbers/],
  [
    'dates whose day or month may be first',
    `${header}${row({ when: '01/02/2024' })}\n${row({ when: '03/02/2024', y: 'yes' })}\n`,
    {},
    /column when, holds dates that may be DD\/MM\/YYYY or MM\/DD\/YYYY; say which in data\.columns/,
  ],
  [
    'a kind that there is not',
    rows(),
    { columns: { a: 'integer' } },
    /data\.columns\.a\S* is "integer"|give number, category/,
  ],
  [
    'a form of dates that is none',
    rows(),
    { columns: { when: { kind: 'date', format: 'MM/YYYY' } } },
    /data\.columns\.when\.format is "MM\/YYYY"; give the form of a date/,
  ],
];

describe('What is wrong with a table is one sentence with the row, the column, and what to do', () => {
  for (const [what, content, data, told] of problems) {
    test(what, async () => {
      const table = await folder.write('wrong.csv', content);
      await assert.rejects(load({ data: { table, label: 'y', ...data } }), (error: Error) => {
        assert.match(error.message, told);
        return true;
      });
    });
  }

  test('the first ten problems of all columns are told at once, by their lines', async () => {
    const bad = Array.from({ length: 8 }, () => row({ ok: 'maybe', when: 'soon', a: '' }));
    const table = await folder.write('wrong.csv', `${header}${row()}\n\n${bad.join('\n')}\n`);
    const data = { table, label: 'y', columns: { ok: 'boolean', when: 'date', a: 'number' } };
    await assert.rejects(
      load({ data }),
      /at least 10 problems, of which the first are: .*row 4, column "ok".*\(10\) row \d+/,
    );
  });
});
