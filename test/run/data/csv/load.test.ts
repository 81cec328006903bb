import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseConfig } from '../../../../src/run/config/read.js';
import type { RunConfig, RunConfigInput } from '../../../../src/run/config/schema.js';
import { loadLabelledRows, loadRows, loadTable } from '../../../../src/run/data/csv/load.js';
import type { CsvConfig } from '../../../../src/run/data/csv/section.js';
import type { ModelShapes } from '../../../../src/run/data/format.js';
import { dataRequest } from '../../../../src/run/open.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

const model = { inputShape: [2], outputShape: [1] };

/** Ten rows: feature a is 0 to 9, feature b is constant, the target is ten times a. */
const tenRows = `a,b,y\n${Array.from({ length: 10 }, (_, i) => `${i},5,${10 * i}`).join('\n')}\n`;

interface Changes {
  readonly data?: Partial<RunConfigInput['data']>;
  readonly fit?: RunConfigInput['fit'];
  readonly compile?: Partial<RunConfigInput['compile']>;
  readonly seed?: number;
}

async function config({ data, fit, compile, seed = 0 }: Changes = {}, text = tenRows) {
  const csv = join(folder, 'train.csv');
  await writeFile(csv, text);
  const settled = parseConfig({
    name: 'test',
    model: { layers: [{ type: 'Dense', units: 1, inputShape: [2] }] },
    data: { csv, ...data },
    compile: { optimizer: { name: 'adam' }, loss: 'meanSquaredError', ...compile },
    fit,
    run: { seed },
  } as RunConfigInput);
  return { ...settled, data: settled.data as CsvConfig };
}

function loadTableData(settled: RunConfig & { data: CsvConfig }, shapes: ModelShapes) {
  return loadTable(settled.data, dataRequest(settled, shapes));
}

/** Column `index` of x. */
function column({ x }: { x: { values: Float32Array; shape: readonly number[] } }, index: number): number[] {
  return Array.from({ length: x.shape[0] }, (_, row) => x.values[row * x.shape[1] + index]);
}

describe('The data of a run', () => {
  test('is split from the end, before anything is shuffled', async () => {
    const { train, validation } = await loadTableData(await config({ fit: { validationSplit: 0.3 } }), model);
    assert.deepEqual(column(train, 0), [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(Array.from(validation?.y.values ?? []), [70, 80, 90]);
  });

  test('is standardized by the training rows alone, and a constant column becomes 0', async () => {
    const settled = await config({ data: { standardize: true }, fit: { validationSplit: 0.5 } });
    const { train, validation, kept: preprocessing } = await loadTableData(settled, model);
    // Rows 0 to 4: mean 2, deviation √2.
    assert.deepEqual(preprocessing.scaling, { kind: 'standardize', mean: [2, 5], deviation: [Math.SQRT2, 1] });
    assert.deepEqual(
      column(train, 0),
      [-2, -1, 0, 1, 2].map((value) => Math.fround(value / Math.SQRT2)),
    );
    assert.equal(validation && column(validation, 0)[4], Math.fround(7 / Math.SQRT2));
    assert.deepEqual(column(train, 1), [0, 0, 0, 0, 0]);
  });

  test('read later for the same model is scaled in the same way', async () => {
    const settled = await config({ data: { standardize: true }, fit: { validationSplit: 0.5 } });
    const { kept: preprocessing } = await loadTableData(settled, model);
    const stored = JSON.parse(JSON.stringify(preprocessing));
    const later = join(folder, 'later.csv');
    await writeFile(later, 'b,a\n5,4\n');
    const { x, y } = await loadRows(later, stored, model);
    assert.deepEqual([...x.values], [Math.fround(Math.SQRT2), 0]);
    assert.equal(y, undefined);
    await assert.rejects(loadLabelledRows(later, stored, model), { code: 'CSV_NO_LABELS' });
  });

  test('is shuffled by the seed: features with their labels, the same each time', async () => {
    const shuffled = async (seed: number) => {
      const settled = await config({ data: { shuffle: true }, fit: { validationSplit: 0.3 }, seed });
      const { train, validation } = await loadTableData(settled, model);
      const targets = [...train.y.values, ...(validation?.y.values ?? [])];
      const features = [...column(train, 0), ...(validation ? column(validation, 0) : [])];
      assert.deepEqual(
        targets,
        features.map((value) => 10 * value),
      );
      return features;
    };
    const first = await shuffled(3);
    assert.deepEqual(await shuffled(3), first);
    assert.notDeepEqual(await shuffled(4), first);
    assert.deepEqual(
      first.toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  });

  test('may validate on a file of its own', async () => {
    const validation = join(folder, 'validation.csv');
    await writeFile(validation, 'a,b,y\n8,5,1\n');
    const loaded = await loadTableData(await config({ data: { validation, scale: 4 } }), model);
    assert.equal(loaded.train.rows, 10);
    assert.deepEqual(Array.from(loaded.validation?.x.values ?? []), [2, 1.25]);
  });

  test("takes the shape of the model's input", async () => {
    const image = { inputShape: [1, 2, 1], outputShape: [1] };
    const { train } = await loadTableData(await config(), image);
    assert.deepEqual(train.x.shape, [10, 1, 2, 1]);
  });

  test('has a digest that any changed number changes', async () => {
    const { kept: preprocessing } = await loadTableData(await config(), model);
    const changed = await loadTableData(await config({}, tenRows.replace('9,5,90', '9,5,91')), model);
    assert.match(preprocessing.digest, /^[0-9a-f]{64}$/);
    assert.notEqual(changed.kept.digest, preprocessing.digest);
  });
});

/** Cells, standardized by NumPy 2.4.6 in float64 and then rounded: `((a - a.mean()) / a.std()).astype(np.float32)`. */
const ramp = [-1.4142135381698608, -0.7071067690849304, 0, 0.7071067690849304, 1.4142135381698608];
const standardized: readonly [string, readonly string[], readonly number[]][] = [
  ['unix times', ['1764400000', '1764400001', '1764400002', '1764400003', '1764400004'], ramp],
  ['odd numbers beyond 2^24', ['16777217', '16777219', '16777221', '16777223', '16777225'], ramp],
  ['numbers below what float32 has', ['0', '1e-44', '2e-44', '3e-44', '4e-44'], ramp],
  ['a constant that is no binary fraction', ['0.1', '0.1', '0.1', '0.1', '0.1'], [0, 0, 0, 0, 0]],
  [
    'small steps from a large number',
    ['1e9', '1000000000.25', '1000000001', '1000000002.25', '1000000004'],
    [-1.0170952081680298, -0.8475793600082397, -0.33903175592422485, 0.5085476040840149, 1.6951587200164795],
  ],
  [
    'decimals',
    ['17.99', '20.57', '19.69', '11.42', '20.29'],
    [-0.0005872137262485921, 0.7569184899330139, 0.49854445457458496, -1.9295843839645386, 0.6747086048126221],
  ],
];

describe('Cells keep all their digits until they are scaled', () => {
  for (const [title, cells, expected] of standardized) {
    test(`${title}, standardized`, async () => {
      const text = `a,b,y\n${cells.map((cell) => `${cell},1,0`).join('\n')}\n`;
      const settled = await config({ data: { standardize: true } }, text);
      const { train, kept: preprocessing } = await loadTableData(settled, model);
      const stored = JSON.parse(JSON.stringify(preprocessing));
      for (const rows of [train, await loadRows(settled.data.csv, stored, model)]) {
        assert.ok(rows.x.values.buffer instanceof SharedArrayBuffer);
        column(rows, 0).forEach((value, i) => {
          assert.ok(
            Math.abs(value - expected[i]) <= 1e-7 * Math.max(1, Math.abs(expected[i])),
            `${value} ${expected[i]}`,
          );
        });
      }
    });
  }

  test('divided', async () => {
    // 16777217 / 1000 rounded once: np.float32(16777217 / 1000).
    const settled = await config({ data: { scale: 1000 } }, 'a,b,y\n16777217,17.99,0\n16777219,20.57,1\n');
    const { train } = await loadTableData(settled, model);
    assert.deepEqual([...train.x.values], [16777.216796875, 0.017990000545978546, 16777.21875, 0.020570000633597374]);
  });

  test('as shuffling and splitting do not round them', async () => {
    const times = Array.from({ length: 10 }, (_, i) => `${1764400000 + i},5,${i}`);
    const settled = await config(
      { data: { standardize: true, shuffle: true }, fit: { validationSplit: 0.3 } },
      `a,b,y\n${times.join('\n')}\n`,
    );
    const { train, validation } = await loadTableData(settled, model);
    const all = [...column(train, 0), ...(validation === null ? [] : column(validation, 0))];
    assert.equal(new Set(all).size, 10);
    const order = [...train.y.values, ...(validation?.y.values ?? [])];
    for (let i = 1; i < 10; i++) assert.equal(all[i] > all[i - 1], order[i] > order[i - 1]);
  });
});

describe('How numbers and labels are written is remembered with the run', () => {
  const later = async (text: string): Promise<string> => {
    const path = join(folder, 'later.csv');
    await writeFile(path, text);
    return path;
  };
  const stored = async (changes: Changes, text: string, shapes = model) => {
    const { kept: preprocessing, train } = await loadTableData(await config(changes, text), shapes);
    return { preprocessing: JSON.parse(JSON.stringify(preprocessing)), train };
  };
  const classes = { compile: { loss: 'sparseCategoricalCrossentropy' as const } };
  const three = { inputShape: [2], outputShape: [3] };

  test('decimal commas and thousands', async () => {
    const format = { delimiter: ';', decimal: ',', thousands: '.' } as const;
    const { preprocessing, train } = await stored({ data: format }, 'a;b;y\n1,5;1.000;2,25\n');
    assert.deepEqual([...train.x.values, ...train.y.values], [1.5, 1000, 2.25]);
    const rows = await loadLabelledRows(await later('a;b;y\n2,5;2.000,5;-1,5\n'), preprocessing, model);
    assert.deepEqual([...rows.x.values, ...rows.y.values], [2.5, 2000.5, -1.5]);
  });

  test('labels that were names, given or found, are never numbers', async () => {
    for (const data of [{}, { classes: ['cat', 'dog', 'owl'] }]) {
      const { preprocessing } = await stored({ ...classes, data }, 'a,b,y\n1,2,owl\n1,2,cat\n1,2,dog\n', three);
      const path = await later('a,b,y\n1,2,0\n1,2,1\n');
      await assert.rejects(loadRows(path, preprocessing, three), {
        code: 'CSV_LABEL',
        message: /row 2, .*"0" is not in/,
      });
    }
  });

  test('labels that were numbers, with names or without, are never names', async () => {
    for (const data of [{}, { classes: ['cat', 'dog', 'owl'] }]) {
      const { preprocessing } = await stored({ ...classes, data }, 'a,b,y\n1,2,2\n1,2,0\n', three);
      const path = await later('a,b,y\n1,2,cat\n1,2,dog\n1,2,owl\n');
      await assert.rejects(loadRows(path, preprocessing, three), {
        code: 'CSV_LABEL',
        message: /row 2, .*"cat" is not a class number/,
      });
    }
  });

  test('a header of numbers', async () => {
    const { preprocessing, train } = await stored({ data: { header: true } }, '400,410,420\n1,2,3\n');
    assert.equal(train.rows, 1);
    const { x } = await loadRows(await later('410,400\n2,1\n'), preprocessing, model);
    assert.deepEqual([...x.values], [1, 2]);
  });
});

describe('Data that does not fit the model is one clear sentence', () => {
  const three = { inputShape: [3], outputShape: [1] };
  const wide = { inputShape: [2], outputShape: [4] };
  const crossentropy = (loss: string): Changes => ({ compile: { loss: loss as 'binaryCrossentropy' } });
  const table: [string, Changes, typeof model, string, RegExp][] = [
    ['too few features', {}, three, 'CSV_FEATURES', /2 feature columns, but one row .* is \[3\]/],
    ['too few labels', {}, wide, 'TARGET_MISMATCH', /names 1 column, but the model has 4 outputs/],
    ['one label for several outputs', crossentropy('binaryCrossentropy'), wide, 'TARGET_MISMATCH', /units: 1/],
    ['another shape', { data: { shape: [2, 1] } }, model, 'SHAPE_MISMATCH', /data\.shape is \[2, 1\]/],
    ['a split that leaves nothing', { fit: { validationSplit: 0.95 } }, model, 'EMPTY_SPLIT', /0\.95 of 10 rows/],
    [
      'names for other classes',
      { ...crossentropy('sparseCategoricalCrossentropy'), data: { classes: ['a', 'b'] } },
      wide,
      'CLASS_COUNT',
      /2 names, but the model tells 4/,
    ],
    [
      'one-hot labels for a sparse loss',
      { ...crossentropy('sparseCategoricalCrossentropy'), data: { oneHot: true } },
      wide,
      'CONFIG_CONFLICT',
      /oneHot/,
    ],
  ];
  for (const [what, changes, shapes, code, message] of table) {
    test(what, async () => {
      await assert.rejects(loadTableData(await config(changes), shapes), { code, message });
    });
  }
});
