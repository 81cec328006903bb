import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Database } from '../../../../src/run/data/table/source/database.js';
import { plainCsv } from '../../../../src/run/data/table/source/plainCsv.js';
import { quickCsv } from '../../../../src/run/data/table/source/quickCsv.js';
import type { Dialect, RowBatch, SourceColumn, TableSource } from '../../../../src/run/data/table/source/source.js';
import { makeFolder } from './tables.js';

/** DuckDB reads a CSV file as the plain reader does, or leaves it to that. */

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder();
});
after(() => folder.remove());

const comma: Dialect = { delimiter: ',', skipRows: 0, header: true };
const long = Array.from({ length: 10_000 }, (_, i) => `${i},word ${i % 7}`).join('\n');

/** A file of the columns a, read as numbers, and b, as texts. */
const tables: [what: string, content: string | Buffer, dialect?: Partial<Dialect>][] = [
  ['plain rows', 'a,b\n1,x\n2.5,y\n'],
  ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
  ['CR', 'a,b\r1,x\r2,y\r'],
  ['line ends of several kinds', 'a,b\r\n1,x\n2,y\r3,z\r\n4,w'],
  ['no last line end', 'a,b\n1,x'],
  ['empty lines', 'a,b\n\n1,x\n\n2,y\n\n\n'],
  ['a byte-order mark', '\ufeffa,b\n1,x\n'],
  ['quotes, in which are delimiters, quotes and line ends', 'a,b\n1,"x, ""y""\nz"\n"2",w\n'],
  ['blanks around cells', 'a,b\n 1 , x \n2,\ty\n'],
  ['missing numbers and texts', 'a,b\n,\nNaN,x\nNA,\n?,NA\n-,null\nnone,y\n'],
  ['signs, points and exponents', 'a,b\n+5,x\n-.5,x\n5.,x\n1e-3,x\n-1.5E+2,x\n0.1,x\n-0,x\n'],
  ['many digits', 'a,b\n0.30000000000000004,x\n123456789012345678,x\n1e-320,x\n3.4e38,x\n'],
  ['decimal commas', 'a;b\n1,5;x\n-2;y\n', { delimiter: ';', decimal: ',' }],
  ['thousands', 'a;b\n1.234,5;x\n1.234.567;y\n12,5;z\n', { delimiter: ';', decimal: ',', thousands: '.' }],
  [
    'thousands of narrow spaces',
    'a;b\n1\u202f234,5;x\n1\u00a0234;y\n',
    { delimiter: ';', decimal: ',', thousands: ' ' },
  ],
  ['tabs', 'a\tb\n1\tx, y\n', { delimiter: '\t' }],
  ['lines to pass over', 'made by hand\n\na,b\n1,x\n', { skipRows: 2 }],
  ['no header', '1,x\n2,y\n', { header: false }],
  ['decimals behind many whole numbers', `a,b\n${long}\n7.5,x\n`],
  ['gzip', gzipSync(`a,b\n${long}\n`)],
];

const wrong: [what: string, content: string | Buffer][] = [
  ['a word', 'a,b\n1,x\n2,y\nthree,z\n'],
  ['what JavaScript takes for a number', 'a,b\n0x1F,x\n1_000,x\nInfinity,x\n'],
  ['a number beyond float32', 'a,b\n1e39,x\n1e400,y\n'],
  ['a short row', `a,b\n${long}\n1\n2,x\n`],
  ['a long row', 'a,b\n1,x\n2,y,z\n'],
  ['a quote that stays open', 'a,b\n1,"x\n2,y\n'],
  ['letters behind a quote', 'a,b\n1,"x"y\n'],
  ['Latin-1', Buffer.from(`a,b\r\n${long}\r\n1,caf\xe9\r\n2,y\r\n`, 'latin1')],
  ['Latin-1 at the end', Buffer.from('a,b\n1,caf\xe9', 'latin1')],
  ['gzip that is cut', gzipSync(`a,b\n${long}\n`).subarray(0, 2000)],
];

async function read(source: TableSource): Promise<unknown> {
  let a: number[] = [];
  let b: string[] = [];
  const sink = {
    begin() {
      a = [];
      b = [];
    },
    add({ rows, columns: [first, second] }: RowBatch) {
      a.push(...(first as Float64Array).subarray(0, rows));
      b.push(...(second as string[]).slice(0, rows));
    },
  };
  const wanted = [
    { index: 0, as: 'number' },
    { index: 1, as: 'text' },
  ] as const;
  try {
    return { rows: await source.scan(wanted, sink), a, b };
  } catch (error) {
    return (error as Error).message;
  } finally {
    await source.close();
  }
}

const columnsOf = (names: readonly string[]): SourceColumn[] => names.map((name) => ({ name, type: 'text' }));

async function both(what: string, content: string | Buffer, dialect: Partial<Dialect> = {}, names = ['a', 'b']) {
  const columns = columnsOf(names);
  const path = await folder.write(`${what.replaceAll(' ', '-')}.csv`, content);
  const settled = { ...comma, ...dialect };
  const quick = quickCsv(await Database.open(path), path, columns, settled);
  return { quick: await read(quick), plain: await read(plainCsv(path, columns, settled)) };
}

describe('A file reads the same through DuckDB and through the plain reader', () => {
  for (const [what, content, dialect] of tables) {
    test(what, async () => {
      const { quick, plain } = await both(what, content, dialect);
      assert.equal(typeof plain, 'object', String(plain));
      assert.deepEqual(quick, plain);
    });
  }
});

describe('Line ends in the quoted names of a header hide no row', () => {
  const headers: [what: string, header: string, names: string[]][] = [
    ['the first name', '"x\ny",b', ['x\ny', 'b']],
    ['the last name', 'a,"x\r\ny"', ['a', 'x\r\ny']],
    ['a single name that DuckDB is not told of', '"x\ny",b', ['a', 'b']],
  ];
  for (const [what, header, names] of headers) {
    test(what, async () => {
      const { quick, plain } = await both(what, `${header}\n1,x\n2,y\n`, {}, names);
      assert.deepEqual(plain, { rows: 2, a: [1, 2], b: ['x', 'y'] });
      assert.deepEqual(quick, plain);
    });
  }
});

describe('What is wrong with a file is told in the words of the plain reader', () => {
  for (const [what, content] of wrong) {
    test(what, async () => {
      const { quick, plain } = await both(what, content);
      assert.equal(typeof plain, 'string');
      assert.equal(quick, plain);
    });
  }
});
