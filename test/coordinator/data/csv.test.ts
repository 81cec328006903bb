import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type CsvOptions, type CsvTable, readCsv } from '../../../src/coordinator/data/csv.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

async function read(content: string | Uint8Array, options: CsvOptions = {}): Promise<CsvTable> {
  const path = join(folder, 'data.csv');
  await writeFile(path, content);
  return readCsv(path, options);
}

const plain = (values: ArrayLike<number> | undefined): number[] => Array.from(values ?? []);

describe('A CSV file', () => {
  test('gives its features as rows of float32 in shared memory', async () => {
    const { rows, x, y, columns } = await read('a,b\n1,2.5\n-3e2, 4 \n');
    assert.equal(rows, 2);
    assert.deepEqual(plain(x.values), [1, 2.5, -300, 4]);
    assert.deepEqual(x.shape, [2, 2]);
    assert.ok(x.values.buffer instanceof SharedArrayBuffer);
    assert.deepEqual(columns, ['a', 'b']);
    assert.equal(y, undefined);
  });

  test('reads the same when it is gzipped, whatever its name', async () => {
    const text = 'a,b\n1,2\n3,4\n';
    const zipped = await read(gzipSync(text));
    assert.deepEqual(plain(zipped.x.values), plain((await read(text)).x.values));
  });

  test('may be longer than any chunk of memory', async () => {
    const text = Array.from({ length: 70_000 }, (_, i) => `${i},${i % 7}`).join('\n');
    const { rows, x, y } = await read(text, { header: false, label: 1, target: 'classes' });
    assert.equal(rows, 70_000);
    assert.ok(x.values.every((value, i) => value === i));
    assert.ok(y?.values.every((value, i) => value === i % 7));
  });

  test('may have a byte order mark, quotes, empty lines, another delimiter and lines to pass over', async () => {
    const text = '\ufeffexported today\n"a;1";b\n\n"1";2\r\n3;4\n\n';
    const { columns, x } = await read(text, { skipRows: 1, delimiter: ';' });
    assert.deepEqual(columns, ['a;1', 'b']);
    assert.deepEqual(plain(x.values), [1, 2, 3, 4]);
  });
});

describe('Columns', () => {
  const text = 'id,a,kind,b\n7,1,0,2\n8,3,1,4\n';
  const choices: [string, CsvOptions][] = [
    ['name', { label: 'kind', ignore: ['id'] }],
    ['number', { label: 2, ignore: [0] }],
  ];
  for (const [way, options] of choices) {
    test(`are chosen by ${way}`, async () => {
      const { columns, x, y } = await read(text, options);
      assert.deepEqual(columns, ['a', 'b']);
      assert.deepEqual(plain(x.values), [1, 2, 3, 4]);
      assert.deepEqual(plain(y?.values), [0, 1]);
    });
  }

  test('of several labels become several targets', async () => {
    const { y } = await read(text, { label: ['a', 'b'] });
    assert.deepEqual(y?.shape, [2, 2]);
    assert.deepEqual(plain(y?.values), [1, 2, 3, 4]);
  });

  test('of a trained model are found by name, in any order and among others', async () => {
    const { x, y } = await read('b,extra,a\n2,0,1\n', { features: ['a', 'b'], label: 'kind' });
    assert.deepEqual(plain(x.values), [1, 2]);
    assert.equal(y, undefined);
  });

  test('of a trained model are told by their number where there is no header, with or without the label', async () => {
    const options: CsvOptions = { header: false, features: ['column 0', 'column 1'], label: 'last' };
    assert.equal((await read('1,2\n', options)).y, undefined);
    const labelled = await read('1,2,5\n', options);
    assert.deepEqual([plain(labelled.x.values), plain(labelled.y?.values)], [[1, 2], [5]]);
  });
});

describe('Labels', () => {
  test('become class numbers as int32', async () => {
    const { y } = await read('a,y\n1,2\n1,0\n', { label: 'y', target: 'classes', classCount: 3 });
    assert.ok(y?.values instanceof Int32Array);
    assert.deepEqual(
      [plain(y.values), y.shape],
      [
        [2, 0],
        [2, 1],
      ],
    );
  });

  test('become a 1 among as many columns as there are classes', async () => {
    const { y } = await read('a,y\n1,2\n1,0\n', { label: 'y', target: 'oneHot', classCount: 3 });
    assert.deepEqual(
      [plain(y?.values), y?.shape],
      [
        [0, 0, 1, 1, 0, 0],
        [2, 3],
      ],
    );
  });

  test('become 0 and 1 as float32 for a yes-or-no question', async () => {
    const { y } = await read('a,y\n1,1\n1,0\n', { label: 'y', target: 'binary' });
    assert.ok(y?.values instanceof Float32Array);
    assert.deepEqual(
      [plain(y.values), y.shape],
      [
        [1, 0],
        [2, 1],
      ],
    );
  });

  test('that are names are numbered as given, or else in alphabetical order', async () => {
    const text = 'a,y\n1,no\n1,yes\n1,no\n';
    const given = await read(text, { label: 'y', target: 'binary', classes: ['yes', 'no'] });
    assert.deepEqual(plain(given.y?.values), [1, 0, 1]);
    const inferred = await read(text, { label: 'y', target: 'classes', classCount: 2 });
    assert.deepEqual(
      [plain(inferred.y?.values), inferred.classes],
      [
        [0, 1, 0],
        ['no', 'yes'],
      ],
    );
  });

  test('that are numbers keep the names given to them', async () => {
    const { y, classes } = await read('a,y\n1,1\n1,0\n', { label: 'y', target: 'binary', classes: ['bad', 'good'] });
    assert.deepEqual(
      [plain(y?.values), classes],
      [
        [1, 0],
        ['bad', 'good'],
      ],
    );
  });
});

describe('A wrong file is one sentence that names the file, the row and the column', () => {
  const classes: CsvOptions = { label: 'y', target: 'classes', classCount: 3 };
  const table: [string, string | Uint8Array, CsvOptions, string, RegExp][] = [
    [
      'a cell that is no number',
      'a,b\n1,2\n3,x\n',
      {},
      'CSV_NOT_A_NUMBER',
      /data\.csv, row 3, column "b": "x" is not a finite number/,
    ],
    ['a number too large for float32', 'a\n1e39\n', {}, 'CSV_NOT_A_NUMBER', /row 2, column "a": "1e39"/],
    [
      'a header where none was announced',
      'a,b\n1,2\n',
      { header: false },
      'CSV_NOT_A_NUMBER',
      /row 1, column 0 .*set data\.header to true/,
    ],
    ['an empty cell', 'a,b\n1,\n', {}, 'CSV_MISSING_VALUE', /row 2, column "b": the cell is empty/],
    ['a NaN', '1,NaN\n', { header: false }, 'CSV_MISSING_VALUE', /row 1, column 1 .*"NaN" is a missing value/],
    ['a row after skipped and empty lines', 'skip\n\na\n1\n\nx\n', { skipRows: 1 }, 'CSV_NOT_A_NUMBER', /row 6/],
    ['a ragged row', 'a,b\n1,2\n3\n', {}, 'CSV_RAGGED', /row 3 has 1 column, but the first line has 2/],
    [
      'a label out of range',
      'a,y\n1,2\n1,3\n',
      classes,
      'CSV_LABEL',
      /row 3, column "y": label "3" is not a class number from 0 to 2/,
    ],
    ['a label that is no whole number', 'a,y\n1,1.5\n', classes, 'CSV_LABEL', /row 2, .*label "1\.5"/],
    ['a label that is a name among numbers', 'a,y\n1,2\n1,two\n', classes, 'CSV_LABEL', /row 3, .*label "two"/],
    ['an empty label', 'a,y\n1,\n', classes, 'CSV_MISSING_VALUE', /row 2, column "y"/],
    [
      'a label that is not a class',
      'a,y\n1,b\n1,c\n',
      { ...classes, classes: ['a', 'b'] },
      'CSV_LABEL',
      /row 3, .*"c" is not in data\.classes \(a, b\)/,
    ],
    [
      'too few classes',
      'a,y\n1,b\n1,c\n',
      classes,
      'CSV_CLASS_COUNT',
      /name 2 classes \(b, c\), but the model tells 3 apart/,
    ],
    [
      'a missing label column',
      'a,b\n1,2\n',
      { label: 'c' },
      'CSV_COLUMN_MISSING',
      /no column c, which data\.label names; did you mean/,
    ],
    [
      'a label column by name without a header',
      '1,2\n',
      { header: false, label: 'y' },
      'CSV_COLUMN_MISSING',
      /without a header/,
    ],
    [
      'a column number out of range',
      'a,b\n1,2\n',
      { label: 2 },
      'CSV_COLUMN_MISSING',
      /2 columns, but data\.label names column 2/,
    ],
    ['a header that is a row of numbers', '1,2\n3,4\n', {}, 'CSV_NO_HEADER', /set data\.header to false/],
    ['a name twice in the header', 'a,a\n1,2\n', {}, 'CSV_HEADER', /two columns named "a"/],
    ['nothing but labels', 'y\n1\n', { label: 'y' }, 'CSV_NO_FEATURES', /no feature columns/],
    [
      'columns that do not fit the model',
      '1,2,3,4\n',
      { header: false, features: ['p', 'q'], label: 'last' },
      'CSV_COLUMNS',
      /4 columns, but the model takes 2 features/,
    ],
    ['an empty file', '', {}, 'CSV_EMPTY', /data\.csv is empty/],
    ['a header alone', 'a,b\n', {}, 'CSV_EMPTY', /a header but no rows/],
    ['an open quote', 'a,b\n"1,2\n', {}, 'CSV_INVALID', /not valid CSV: Quote Not Closed/],
    ['a damaged gzip file', gzipSync('a\n1\n').subarray(0, 15), {}, 'CSV_UNREADABLE', /damaged: it cannot be unpacked/],
  ];
  for (const [what, content, options, code, message] of table) {
    test(what, () => assert.rejects(read(content, options), { code, message }));
  }

  test('a missing file', async () => {
    await assert.rejects(readCsv('/nowhere.csv'), {
      code: 'CSV_UNREADABLE',
      message: /\/nowhere\.csv .*there is no such file/,
    });
    await assert.rejects(readCsv(folder), { code: 'CSV_UNREADABLE', message: /it is a directory/ });
  });
});
