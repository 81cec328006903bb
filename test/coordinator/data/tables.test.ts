import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
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

describe('Every line may end in its own way (as pandas 3.0.6 reads them)', () => {
  const files: readonly [string, readonly number[]][] = [
    ['a,b\r\n1,2\n3,4\n', [1, 2, 3, 4]],
    ['a,b\n1,2\r\n3,4\r\n\r\n5,6', [1, 2, 3, 4, 5, 6]],
    ['a,b\r1,2\r3,4\r', [1, 2, 3, 4]],
    ['a,b\r\n1,2\r3,4\n5,6\r\n\n\r7,8', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['a,b\n1,2\n3,4\r\n', [1, 2, 3, 4]],
    ['"a","b"\r\n"1","2"\n"3","4"\r', [1, 2, 3, 4]],
  ];
  for (const [text, values] of files) {
    test(JSON.stringify(text), async () => assert.deepEqual(plain((await read(text)).x.values), values));
  }

  test('and rows are counted by lines, whatever ends them', async () => {
    for (const text of ['a\r\n1\n2\rx\n', 'a\n1\n2\nx\n', '"a"\r1\r\n2\nx']) {
      await assert.rejects(read(text), { code: 'CSV_NOT_A_NUMBER', message: /row 4, column "a": "x"/ });
    }
  });
});

describe('A header of numbers', () => {
  const spectra = '400,410.5,420,grade\n1,2,3,0\n4,5,6,1\n';
  const numbers = '400,410.5,420\n1,2,3\n4,5,6\n';

  test('is refused, with what to write for either meaning, where nobody says that it is one', async () => {
    await assert.rejects(read(numbers), {
      code: 'CSV_NO_HEADER',
      message: /data\.header to false .*first row.* to true if its numbers are names .*data\.skipRows: 1/,
    });
    await assert.rejects(read('"1,5";"2,5"\n1;2\n', { delimiter: ';', decimal: ',' }), { code: 'CSV_NO_HEADER' });
  });

  test('is one where the user says so', async () => {
    const { columns, rows, x } = await read(numbers, { header: true });
    assert.deepEqual([columns, rows, plain(x.values)], [['400', '410.5', '420'], 2, [1, 2, 3, 4, 5, 6]]);
  });

  test('is a row where the user says so', async () => {
    assert.equal((await read(numbers, { header: false })).rows, 3);
    assert.equal((await read(numbers, { header: false, skipRows: 1 })).rows, 2);
  });

  test('is one beside a word', async () => {
    const { columns, labels } = await read(spectra, { label: 'grade' });
    assert.deepEqual([columns, labels], [['400', '410.5', '420'], ['grade']]);
  });

  test('gives its columns by their texts, and says so where a number is given', async () => {
    assert.deepEqual((await read(spectra, { label: 'last', ignore: ['410.5'] })).columns, ['400', '420']);
    await assert.rejects(read(spectra, { label: 'last', ignore: [400] }), {
      code: 'CSV_COLUMN_MISSING',
      message: /names column 400; give a number from 0 to 3, or write "400" in quotes/,
    });
  });
});

describe('Columns that are not read need no names of their own', () => {
  const tables: readonly [string, string, CsvOptions, readonly string[]][] = [
    ['two without a name', ',a,,b\n9,1,9,2\n', { ignore: [0, 2] }, ['a', 'b']],
    ['two without a name that are read', ',a,,b\n1,2,3,4\n', {}, ['column 0', 'a', 'column 2', 'b']],
    ['two of one name', 'n,a,n\n9,1,9\n', { ignore: ['n'] }, ['a']],
    ['two of one name, left out by number', 'n,a,n\n9,1,9\n', { ignore: [0, 2] }, ['a']],
    ['two of one name beside the features of a model', 'n,a,n\n9,1,9\n', { features: ['a'] }, ['a']],
    ['an empty one at the end of each line', 'a,b,\n1,2,\n', { ignore: [2] }, ['a', 'b']],
  ];
  for (const [title, text, options, columns] of tables) {
    test(title, async () => assert.deepEqual((await read(text, options)).columns, columns));
  }

  test('but those that are read do', async () => {
    const message = /two columns named "n"; rename all but one/;
    await assert.rejects(read('n,a,n\n1,2,3\n', { ignore: [0] }), { code: 'CSV_HEADER', message });
    await assert.rejects(read('n,a,n\n1,2,3\n', { features: ['n'] }), { code: 'CSV_HEADER', message });
    await assert.rejects(read('n,a,n\n1,2,3\n', { label: 'n' }), { code: 'CSV_HEADER', message });
    await assert.rejects(read('n,m,n,m\n1,2,3,4\n'), {
      code: 'CSV_HEADER',
      message: /several columns of each of these names: "n", "m"/,
    });
  });
});

describe('Time to read a header is in proportion to its columns', () => {
  /** Milliseconds of CPU, the least of three. */
  async function cost(columns: number, options: (names: readonly string[]) => CsvOptions): Promise<number> {
    const names = Array.from({ length: columns }, (_, i) => `gene${i}`);
    const text = `${names}\n${names.map(() => 1)}\n`;
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const began = process.cpuUsage();
      await read(text, options(names));
      const { user, system } = process.cpuUsage(began);
      times.push((user + system) / 1000);
    }
    return Math.min(...times);
  }

  const ways: readonly [string, (names: readonly string[]) => CsvOptions][] = [
    ['when all are features', () => ({})],
    ['when a model names them', (names) => ({ features: names.toReversed() })],
    ['when half are left out by name', (names) => ({ ignore: names.slice(names.length / 2) })],
    ['when half are left out by number', (names) => ({ ignore: names.slice(names.length / 2).map((_, i) => i) })],
    ['when all but one are labels', (names) => ({ label: names.slice(1) })],
  ];
  for (const [title, options] of ways) {
    test(title, async () => {
      await cost(2_000, options);
      const [few, many] = [await cost(10_000, options), await cost(40_000, options)];
      // Four times as many; the square would be sixteen.
      assert.ok(many < 9 * few + 20, `10,000: ${few} ms, 40,000: ${many} ms`);
    });
  }
});

describe('All problems of a file are told at once', () => {
  test('in the order of its rows, each with row, column and finding', async () => {
    const text = 'a,b,y\n1,x,0\n1,,1\n1,2\n1,2,7\n"0x1F",2,1\n';
    await assert.rejects(read(text, { label: 'y', target: 'classes', classCount: 2 }), {
      code: 'CSV_NOT_A_NUMBER',
      message:
        /data\.csv has 5 problems: \(1\) row 2, column "b": "x" is not a finite number; \(2\) row 3, column "b": the cell is empty; \(3\) row 4 has 2 columns, but the first line has 3; \(4\) row 5, column "y": label "7" is not a class number from 0 to 1; \(5\) row 6, column "a": "0x1F" is not a finite number; mend them/,
    });
  });

  test('with one advice where it is the same for all', async () => {
    await assert.rejects(read('a\n"1,5"\n"2,5"\n'), {
      message: /has 2 problems: .*; if numbers are written so, set data\.decimal to ","; else mend the cell\.$/,
    });
  });

  test('up to ten, and then the reading ends', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `x${i}`).join('\n');
    await assert.rejects(read(`a,b\n${rows}\n`), (error: Error) => {
      assert.match(error.message, /has at least 10 problems, .*\(10\) row 11 has 1 column/);
      return !error.message.includes('(11)');
    });
  });

  test('of labels as of cells', async () => {
    await assert.rejects(
      read('a,y\n1,elm\n1,oak\n1,ash\n1,elm\n', { label: 'y', target: 'classes', classes: ['oak', 'fir'] }),
      {
        code: 'CSV_LABEL',
        message: /has 2 problems: \(1\) row 2, .*"elm" is not in data\.classes .*\(2\) row 4, .*"ash"/,
      },
    );
  });

  test('of names that the header lacks', async () => {
    await assert.rejects(read('a,b\n1,2\n', { features: ['p', 'a', 'q'] }), {
      code: 'CSV_COLUMN_MISSING',
      message: /no columns p, q, which the model names; its columns are a, b/,
    });
  });

  test('of a name that the header lacks, which is no other that is named', async () => {
    for (const [features, told] of [
      [['f1', 'f2'], /no column f2, which the model names; its columns are f1, fraud\.$/],
      [['f1', 'froud'], /no column froud, which the model names; did you mean fraud\?$/],
    ] as const)
      await assert.rejects(read('f1,fraud\n1,2\n', { features }), { code: 'CSV_COLUMN_MISSING', message: told });
  });

  test('and long cells are cut', async () => {
    await assert.rejects(read(`a\n${'x'.repeat(100_000)}\n`), (error: Error) => error.message.length < 300);
  });
});

describe('What a message repeats of a file is short and has no character that a terminal acts on', () => {
  const strange = ['\u001b[31mred', 'a\nb', '\u009b2J', '\u202egnp', `${'long'.repeat(10_000)}`, 'a\u0007', ' '];
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const doors: readonly [string, (text: string) => [string, CsvOptions]][] = [
    ['cells', (text) => [`a\n${cell(text)}\n`, {}]],
    ['names of columns', (text) => [`${cell(text)},b\n1,x\nx,x\n`, {}]],
    ['names that stand twice', (text) => [`${cell(text)},${cell(text)}\n1,2\n`, {}]],
    ['names that are suggested', (text) => [`${cell(text)},${cell(`${text}!`)}\n1,2\n`, { label: 'no such' }]],
    ['names that are missing', (text) => ['a,b\n1,2\n', { features: [text, `${text}!`] }]],
    ['what is no CSV', (text) => [`a,b\n"1"${text === ' ' ? 'x' : text},2\n`, {}]],
    ['labels', (text) => [`a,y\n1,${cell(text)}\n`, { label: 'y', target: 'classes', classes: ['p', 'q'] }]],
    ['names of classes', (text) => ['a,y\n1,z\n', { label: 'y', target: 'classes', classes: ['p', text] }]],
    [
      'names of too many classes',
      (text) => [`a,y\n1,${cell(text)}\n1,z\n`, { label: 'y', target: 'classes', classCount: 3 }],
    ],
  ];
  for (const [title, table] of doors) {
    test(title, async () => {
      for (const text of strange) {
        const [content, options] = table(text);
        await assert.rejects(read(content, options), ({ message }: Error) => {
          assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
          assert.ok(message.length < 700, `${message.length} letters`);
          return true;
        });
      }
    });
  }
});

describe('What labels are does not change by one cell', () => {
  const label = { label: 'y', target: 'classes' } as const;
  const column = (...labels: string[]): string => `a,y\n${labels.map((text) => `1,${text}`).join('\n')}\n`;
  const digits = ['3', '4', '5', '6'];
  const words = ['cat', 'dog', 'owl'];
  const meanings: readonly [string, readonly string[], CsvOptions, readonly number[]][] = [
    ['names that are numbers', ['3', '5', '4'], { classes: digits }, [0, 2, 1]],
    ['names that are words', ['owl', 'cat'], { classes: words }, [2, 0]],
    ['names that are words beside class numbers', ['2', '0'], { classes: words }, [2, 0]],
    ['names of a trained model', ['owl', 'cat'], { classes: words, labelForm: 'names' }, [2, 0]],
    ['numbers of a trained model', ['2', '0'], { classes: words, labelForm: 'numbers' }, [2, 0]],
    ['numbers without names', ['2', '0'], {}, [2, 0]],
    ['names that are found', ['owl', 'cat', 'owl'], {}, [1, 0, 1]],
  ];
  for (const [title, labels, options, classes] of meanings) {
    test(title, async () => {
      const { y } = await read(column(...labels), { ...label, ...options });
      assert.deepEqual(plain(y?.values), classes);
    });
  }

  const strays: readonly [string, readonly string[], CsvOptions, RegExp][] = [
    [
      'a number beside names that are numbers',
      ['3', '4', '2'],
      { classes: digits },
      /row 4, .*label "2" is not in data\.classes/,
    ],
    ['nothing but such numbers', ['2', '1'], { classes: digits }, /row 2, .*"2" is not.*row 3, .*"1" is not/],
    ['another spelling of such a number', ['3', '4.0'], { classes: digits }, /row 3, .*label "4\.0" is not in/],
    ['a number beside words', ['cat', '1'], { classes: words }, /row 3, .*label "1" is not in data\.classes/],
    ['a word beside words', ['cat', 'cow'], { classes: words }, /row 3, .*label "cow"/],
    [
      'numbers for a model whose labels were names',
      ['0', '1'],
      { classes: words, labelForm: 'names' },
      /row 2, .*label "0" is not in/,
    ],
    [
      'names for a model whose labels were numbers',
      ['cat', 'dog'],
      { labelForm: 'numbers', classCount: 2 },
      /label "cat" is not a class number/,
    ],
    ['a word beside numbers', ['0', '1', 'one'], {}, /row 4, .*label "one" is not a class number/],
    ['a number of another base', ['0', '1', '0x1'], {}, /row 4, .*label "0x1" is not a class number/],
  ];
  for (const [title, labels, options, message] of strays) {
    test(`${title}: an error with its row`, () =>
      assert.rejects(read(column(...labels), { ...label, ...options }), { code: 'CSV_LABEL', message }));
  }

  test('a blank label, quoted or not, is missing', async () => {
    for (const blank of ['', '" "', '""']) {
      await assert.rejects(read(column('0', blank), label), {
        code: 'CSV_MISSING_VALUE',
        message: /row 3, column "y"/,
      });
    }
  });
});
