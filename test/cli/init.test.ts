import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { surveyText } from '../../src/cli/survey.js';
import { evaluateRows } from '../../src/run/data/batched.js';
import type { LoadedRows } from '../../src/run/data/format.js';
import { surveyOf } from '../../src/run/inspection.js';
import { init } from '../../src/run/starter/init.js';
import { train } from '../../src/run/train.js';
import { labelledRowsFor, openTrained, rowsFor } from '../../src/run/trained.js';
import { makeFolder } from '../run/data/table/tables.js';

let folder: Awaited<ReturnType<typeof makeFolder>>;
before(async () => {
  folder = await makeFolder();
});
after(() => folder.remove());

/** People with an identifier, gaps, categories, dates with the day first, and yes or no. */
function people(rows: number, from: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const n = from + i;
    const age = 18 + ((n * 37) % 60);
    const city = ['Paris', 'Berlin', 'Rome'][(n * 7) % 3];
    const day = `${String(1 + ((n * 11) % 28)).padStart(2, '0')}/0${1 + (n % 9)}/20${20 + (n % 4)}`;
    const stays = age > 45 !== (city === 'Rome');
    return [
      `P${n}`,
      n % 13 === 0 ? '' : age,
      n % 17 === 0 ? '' : city,
      day,
      n % 5 === 0 ? 'yes' : 'no',
      stays ? 'stays' : 'leaves',
    ];
  });
  return `person_id,age,city,joined,member,decision\n${lines.map((line) => line.join(',')).join('\n')}\n`;
}

describe('inspect', () => {
  test('shows line ends and tabs of cells and names written out, a row a line', async () => {
    const path = await folder.write('ends.csv', '"a\nb",c\n"x\r\ny\tz",1\nw,2\n');
    const survey = await surveyOf(path);
    assert.ok(survey !== undefined);
    const text = surveyText(path, survey, 200);
    assert.ok(text.includes('a\\nb') && text.includes('x\\r\\ny\\tz'), text);
    assert.ok(!/[\r\t]/.test(text) && !/^(b|y)\b/m.test(text), text);
  });

  test('tells JSON lines that are cut short in one sentence', async () => {
    const path = await folder.write('cut.jsonl', '{"a": 1, "b": 2}\n{"a": 2');
    await assert.rejects(surveyOf(path), {
      code: 'TABLE_UNREADABLE',
      message: /[a-z]; mend the file, or give another\.$/,
    });
  });
});

describe('init', () => {
  test('says of a column with gaps how many rows have none, and of the label whether it is the last column', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i % 7 === 0 ? 'x' : ''},same,${(i * 7) % 20}.5,note ${i}`);
    const path = await folder.write('gaps.csv', `gap,all,price,id\n${rows.join('\n')}\n`);
    const text = await readFile(await init(path, { out: join(folder.path, 'gaps.yaml') }), 'utf8');
    const said = text.replace(/\n *# /g, ' ');
    assert.match(said, /Left out: every row that has a value has the same one, 17 of 20 have none\.\n +gap: ignore/);
    assert.match(said, /Left out: every row has the same value\.\n +all: ignore/);
    assert.match(said, /a number \(the last column that can be predicted; lockstep init --label NAME takes another\)/);
  });

  test('writes a config that trains as it is, and whose run reads raw rows as it read its own', async () => {
    const path = await folder.write('people.csv', people(400, 1));
    const more = await folder.write('more.csv', people(100, 1000));
    const config = await init(path, { out: join(folder.path, 'people.yaml') });
    const { metrics, out } = await train(config, {
      overrides: [
        { path: 'run.out', value: join(folder.path, 'run'), from: 'test' },
        { path: 'run.workers', value: 1, from: 'test' },
        { path: 'fit.epochs', value: 30, from: 'test' },
      ],
    });
    assert.ok(metrics.val_accuracy > 0.85, `val_accuracy ${metrics.val_accuracy}`);
    const trained = await openTrained(out);
    await using trainer = trained.trainer;
    const { accuracy } = await evaluateRows(trainer, await labelledRowsFor(trained, more), 256);
    assert.ok(accuracy > 0.8, `accuracy ${accuracy}`);
    // Other columns, in another order, without labels: the same inputs.
    const shuffled = await folder.write('shuffled.csv', reordered(people(100, 1000)));
    const [a, b] = [await inMemory(trained, more), await inMemory(trained, shuffled)];
    assert.deepEqual(b.x, a.x);
    // Columns are passed through as they are.
    const { named } = await inMemory(trained, more, ['person_id', 'age']);
    assert.deepEqual(
      named?.map(({ column, values }) => [column, ...values.slice(0, 2)]),
      [
        ['person_id', 'P1000', 'P1001'],
        ['age', '58', ''],
      ],
    );
    await assert.rejects(rowsFor(trained, more, ['id']), /has no column id, which --keep names/);
  });

  test('says in comments what it decided and why', async () => {
    const path = await folder.write('people.csv', people(400, 1));
    const text = await readFile(await init(path, { out: join(folder.path, 'told.yaml') }), 'utf8');
    for (const told of [
      /# Left out: an identifier: every row has another value\.\n\s+person_id: ignore/,
      /# 3 different values: .*\n\s+city: category/,
      /joined: \{ kind: date, format: DD\/MM\/YYYY \}/,
      /member: boolean/,
      /# Values are missing in age \(30\), city \(23\)\.(.*\n\s+#)*.*\n\s+missing: fill/,
      /# What is predicted: one of 2 classes/,
    ]) {
      assert.match(text, told);
    }
  });

  test('takes dates that may be either for those with the day first, and says so', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `0${1 + (i % 9)}/0${1 + (i % 5)}/2024,${i % 2 ? 'a' : 'b'}`);
    const path = await folder.write('dates.csv', `when,y\n${lines.join('\n')}\n`);
    const text = await readFile(await init(path, { out: join(folder.path, 'dates.yaml') }), 'utf8');
    assert.match(text, /# Taken for DD\/MM\/YYYY, but every date may be MM\/DD\/YYYY as well: make sure\./);
  });

  test('predicts the column that is asked for; one that is not there is an error', async () => {
    const path = await folder.write('people.csv', people(400, 1));
    const out = join(folder.path, 'city.yaml');
    const gaps = /label: city\n[\s\S]*# Labels are missing in city \(23\)[\s\S]*\n {2}missing: drop\n/;
    assert.match(await readFile(await init(path, { out, label: 'city' }), 'utf8'), gaps);
    await assert.rejects(
      init(path, { out, label: 'town' }),
      /has no column town, which --label names; there are person_id, age, city/,
    );
  });

  test('writes nothing over a config that nobody named', async () => {
    const path = await folder.write('people.csv', people(40, 1));
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      await folder.write('people.yaml', 'mine');
      await assert.rejects(init(path), /people\.yaml is there already; name it with --out/);
      assert.equal(await readFile(join(folder.path, 'people.yaml'), 'utf8'), 'mine');
    } finally {
      process.chdir(before);
    }
  });

  test('leaves nothing behind where the data are no table', async () => {
    const path = await folder.write('notes.xyz', 'hello');
    await assert.rejects(init(path, { out: join(folder.path, 'notes.yaml') }), /is no data that Lockstep knows/);
    await assert.rejects(stat(join(folder.path, 'notes.yaml')), /ENOENT/);
  });

  test('refuses two columns of one name, with blanks or without', async () => {
    for (const header of ['a,x,x,label', 'a,x,x ,label']) {
      const path = await folder.write('twice.csv', `${header}\n1,2,3,u\n4,5,6,w\n`);
      const out = join(folder.path, 'twice.yaml');
      await assert.rejects(init(path, { out }), /calls both column 1 and column 2, counted from 0, "x" .*; give each/);
      await assert.rejects(stat(out), /ENOENT/);
    }
  });

  test('of a table without a header leaves out what counts the rows, and reads such tables again', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i},${(i * 7) % 11}.5,${(i * 3) % 5}.25,${i % 2}\n`);
    const path = await folder.write('bare.csv', rows.join(''));
    const features = rows.map((row) => row.split(',').slice(1, 3).join(','));
    const bare = await folder.write('features.csv', `${features.join('\n')}\n`);
    const { out } = await train(await init(path, { out: join(folder.path, 'bare.yaml') }), {
      overrides: [
        { path: 'run.out', value: join(folder.path, 'bare'), from: 'test' },
        { path: 'run.workers', value: 1, from: 'test' },
        { path: 'fit.epochs', value: 1, from: 'test' },
      ],
    });
    const trained = await openTrained(out);
    await using _ = trained.trainer;
    const [whole, alone] = [await inMemory(trained, path), await inMemory(trained, bare)];
    assert.equal(whole.rows, 40);
    assert.deepEqual(whole.x, alone.x);
  });
});

describe('inspect', () => {
  test('shows columns, types, ranges, gaps, classes and the first rows of a table', async () => {
    const path = await folder.write('people.csv', people(400, 1));
    const survey = await surveyOf(path);
    assert.ok(survey !== undefined);
    const text = surveyText('people.csv', survey, 200);
    for (const told of [
      /^CSV table people\.csv\nrows 400 {2}columns 6/,
      /age +number +30 +60 +18 to 77/,
      /joined +date \(DD\/MM\/YYYY\)/,
      /person_id +text .*an identifier/,
      /decision: {2}(leaves|stays) \d+ {2}(leaves|stays) \d+/,
      /P1 +55 +Berlin +12\/02\/2021 +no +leaves|P1 +55/,
    ]) {
      assert.match(text, told);
    }
  });
});

async function inMemory(...given: Parameters<typeof rowsFor>): Promise<LoadedRows> {
  const rows = await rowsFor(...given);
  assert.ok(!('batches' in rows));
  return rows;
}

/** The same rows with the columns the other way round, a further one, and no labels. */
function reordered(text: string): string {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').slice(0, -1).reverse());
  return `${lines.map((cells, i) => [...cells, i === 0 ? 'other' : i].join(',')).join('\n')}\n`;
}
