import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { balancedWeights } from '../../../../src/run/classWeights.js';
import type { TrainingData } from '../../../../src/run/data/format.js';
import { load, makeFolder } from './tables.js';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let table: string;
/** 90 rows: their number, a group of one to eleven rows, days out of order, and a rare class. */
const rows = Array.from({ length: 90 }, (_, i) => ({
  n: i,
  group: `g${Math.floor(Math.sqrt(5 * i))}`,
  day: `2024-0${1 + ((i * 7) % 9)}-${String(1 + ((i * 13) % 28)).padStart(2, '0')}`,
  y: i % 9 === 0 ? 'rare' : 'common',
}));

before(async () => {
  folder = await makeFolder();
  table = await folder.write(
    'rows.csv',
    `n,group,day,y\n${rows.map((row) => Object.values(row).join(',')).join('\n')}\n`,
  );
});
after(() => folder.remove());

const read = (data: object) =>
  load({
    data: { table, label: 'y', columns: { '*': 'ignore', n: { kind: 'number', standardize: false } }, ...data },
    validationSplit: 0.3,
    seed: 5,
  });

/** The rows of a part, by their numbers. */
function part({ train, validation }: TrainingData, name: 'train' | 'validation'): (typeof rows)[number][] {
  const { x } = (name === 'train' ? train : validation) as { x: { values: Float32Array } };
  return Array.from(x.values, (n) => rows[n]);
}

describe('The rows to validate on', () => {
  const ways: [what: string, data: object][] = [
    ['from the end', {}],
    ['shuffled', { shuffle: true }],
    ['of each class', { shuffle: true, split: { stratify: true } }],
    ['whole groups', { shuffle: true, split: { groups: 'group' } }],
    ['the latest', { split: { time: 'day' } }],
  ];
  for (const [what, data] of ways) {
    test(`${what}: every row is in one part, and the parts are the same for the same seed`, async () => {
      const [found, again] = [await read(data), await read(data)];
      const all = [...part(found, 'train'), ...part(found, 'validation')].map(({ n }) => n);
      assert.deepEqual(
        all.toSorted((a, b) => a - b),
        [...rows.keys()],
      );
      assert.deepEqual(part(again, 'validation'), part(found, 'validation'));
      assert.ok(Math.abs(part(found, 'validation').length - 27) <= 5);
    });
  }

  test('stratified: have the same share of each class', async () => {
    const found = await read({ shuffle: true, split: { stratify: true } });
    const rare = (name: 'train' | 'validation') => part(found, name).filter(({ y }) => y === 'rare').length;
    assert.deepEqual([rare('train'), rare('validation')], [7, 3]);
  });

  test('by groups: share no group with the training rows', async () => {
    const found = await read({ shuffle: true, split: { groups: 'group' } });
    const groups = new Set(part(found, 'train').map(({ group }) => group));
    assert.ok(part(found, 'validation').every(({ group }) => !groups.has(group)));
  });

  test('by time: are all later than the training rows', async () => {
    const found = await read({ split: { time: 'day' } });
    const latest = part(found, 'train')
      .map(({ day }) => day)
      .sort()
      .at(-1) as string;
    assert.ok(part(found, 'validation').every(({ day }) => day >= latest));
  });

  const refused: [data: object, told: RegExp][] = [
    [{ split: { groups: 'grp' } }, /has no column grp, which data\.split names; did you mean group\?/],
    [{ split: { groups: 'group', time: 'day' } }, /data\.split goes by groups and by time; keep one/],
    [{ split: { time: 'group' } }, /row 2, column "group": "g0" is no time of the form YYYY-MM-DD/],
  ];
  for (const [data, told] of refused) {
    test(`cannot be had by ${JSON.stringify(data)}`, () => assert.rejects(async () => read(data), told));
  }
});

test('Balanced weights of classes are those of scikit-learn 1.9', () => {
  // compute_class_weight('balanced', classes=[0, 1, 2], y=[0, 0, 0, 1, 1, 2])
  const wanted = { 0: 2 / 3, 1: 1, 2: 2 };
  assert.deepEqual(balancedWeights({ values: Int32Array.of(0, 0, 0, 1, 1, 2), shape: [6, 1] }), wanted);
  const oneHot = Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1);
  assert.deepEqual(balancedWeights({ values: oneHot, shape: [6, 3] }), wanted);
});
