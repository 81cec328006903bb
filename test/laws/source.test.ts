import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type LabelledData,
  type LockstepError,
  type RowSource,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';
import type { Fault } from '../../src/shared/protocol/faults.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../helpers/faults.js';
import { dataFor, dropoutCase as given } from '../helpers/models.js';

/** Laws 1 to 3 for rows that are read while training goes on. */

const ROWS = 25;
const options: TrainerOptions = { optimizer: 'adam', loss: given.loss, metrics: given.metrics, seed: 11 };
const data = dataFor(given, ROWS);
const validationData = dataFor(given, 7, 2);
// Four full batches and a ragged one, two epochs: steps 0 to 9.
const fit = { epochs: 2, batchSize: 6, validationData };
const [, ...rowShape] = data.x.shape;
const rowSize = data.x.values.length / ROWS;
const labels = data.y as Int32Array;

/** The rows of those numbers. */
function rowsOf(numbers: Int32Array): LabelledData {
  const x = new Float32Array(numbers.length * rowSize);
  numbers.forEach((number, i) => {
    x.set(data.x.values.subarray(number * rowSize, (number + 1) * rowSize), i * rowSize);
  });
  return { x: { values: x, shape: [numbers.length, ...rowShape] }, y: numbers.map((number) => labels[number]) };
}

/** A source, and what happens when row `bad` is asked for while `broken` holds. */
function breakable(bad: number, fail: (rows: LabelledData) => LabelledData | Promise<LabelledData>) {
  const source = {
    rows: ROWS,
    broken: true,
    read(numbers: Int32Array) {
      const rows = rowsOf(numbers);
      return this.broken && numbers.includes(bad) ? fail(rows) : rows;
    },
  };
  return source satisfies RowSource;
}

const create = (workers: number) => Trainer.create(given.layers, { ...options, workers });

async function outcomeOf(trainer: Trainer, rows: LabelledData | RowSource, more: object = {}) {
  const { history } = await trainer.fit(rows, { ...fit, ...more });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history };
}

let folder: string;
let undisturbed: Awaited<ReturnType<typeof outcomeOf>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await using trainer = await create(2);
  undisturbed = await outcomeOf(trainer, data);
});
after(() => rm(folder, { recursive: true }));

describe('Rows of a source train to the bits of the same rows in memory', () => {
  for (const workers of [1, 2, 3, 5, 8]) {
    test(`with ${workers} workers`, async () => {
      await using trainer = await create(workers);
      assert.deepEqual(await outcomeOf(trainer, { rows: ROWS, read: async (rows) => rowsOf(rows) }), undisturbed);
    });
  }

  test('in their own order, and with callbacks that look at each batch', async () => {
    const outcomes = [];
    for (const rows of [data, { rows: ROWS, read: rowsOf }]) {
      await using trainer = await create(2);
      const batches: number[] = [];
      const onBatchEnd = (batch: number): void => void batches.push(batch);
      const outcome = await outcomeOf(trainer, rows, { shuffle: false, callbacks: [{ onBatchEnd }] });
      outcomes.push({ ...outcome, batches });
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    assert.deepEqual(outcomes[0].batches, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });

  test('when the source gives the same shared memory each time', async () => {
    const x = new Float32Array(new SharedArrayBuffer(6 * rowSize * 4));
    const read = (numbers: Int32Array): LabelledData => {
      const rows = rowsOf(numbers);
      const { values } = rows.x as typeof data.x;
      x.set(values);
      return { ...rows, x: { values: x.subarray(0, values.length), shape: [numbers.length, ...rowShape] } };
    };
    await using trainer = await create(2);
    assert.deepEqual(await outcomeOf(trainer, { rows: ROWS, read }), undisturbed);
  });

  test('whatever faults befall the ranks', async () => {
    const plan = new FaultPlan();
    const faulty = faultyOptions({ ...options, workers: 2, maxRestarts: 9 }, plan, new RandomSnapshots(new Choices(5)));
    await using trainer = await Trainer.create(given.layers, faulty);
    plan.arm(
      [1, 4, 5, 9].map((step): Fault => ({ kind: step % 2 ? 'throw' : 'exit', rank: step % 2, step, phase: 'update' })),
    );
    assert.deepEqual(await outcomeOf(trainer, { rows: ROWS, read: rowsOf }), undisturbed);
    assert.equal(plan.pending, 0);
  });

  test('interrupted after any step and resumed with other workers', async () => {
    for (let step = 1; step < 10; step++) {
      const controller = new AbortController();
      const onBatchEnd = (_: number, __: unknown, control: { readonly step: number }): void => {
        if (control.step === step) controller.abort();
      };
      const path = join(folder, `${step}.ckpt`);
      await using first = await create(2);
      const stopped = first.fit(
        { rows: ROWS, read: rowsOf },
        { ...fit, callbacks: [{ onBatchEnd }], signal: controller.signal },
      );
      await assert.rejects(stopped, { code: 'ABORTED' });
      await first.checkpoint(path);
      await using second = await Trainer.resume(path, { workers: 1 + (step % 3) });
      assert.deepEqual(await outcomeOf(second, { rows: ROWS, read: rowsOf }), undisturbed, `step ${step}`);
    }
  });
});

describe('A source that fails half-way ends fit after the last step, with the row, the cause and how to go on', () => {
  const failures: [what: string, fail: Parameters<typeof breakable>[1], message: RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('the disk is gone');
      },
      /the disk is gone/,
    ],
    ['rejects', () => Promise.reject(new Error('the server is gone')), /the server is gone/],
    [
      'throws what is no error',
      () => {
        throw 'gone';
      },
      /gone/,
    ],
    ['returns fewer rows', (rows) => ({ ...rows, ...rowsOf(Int32Array.of()) }), /no rows/],
    [
      'returns another shape',
      (rows) => ({
        ...rows,
        x: [
          [1, 2],
          [3, 4],
        ],
      }),
      /x has shape \[2, 2\], but the model takes/,
    ],
    [
      'returns a value that is not finite',
      (rows) => {
        const { values, shape } = rows.x as typeof data.x;
        return { ...rows, x: { values: values.map(() => Number.NaN), shape } };
      },
      /x has NaN in row 0, column 0/,
    ],
    ['returns nothing', () => JSON.parse('null'), /null/],
  ];
  for (const [what, fail, message] of failures) {
    for (const workers of what === 'throws' ? [1, 2] : [2]) {
      test(`when it ${what}, with ${workers} workers; repaired, fit and a resumed run go on to the same bits`, async () => {
        const source = breakable(17, fail);
        await using trainer = await create(workers);
        let step = 0;
        await assert.rejects(trainer.fit(source, fit), (error: LockstepError) => {
          assert.deepEqual([error.code, error.blame], ['DATA_FAILED', 'fault']);
          assert.match(error.message, message);
          assert.match(error.message, /^Row 17 of the data source cannot be read: /);
          assert.match(error.message, /The trainer stands after step (\d+): mend the source and call fit again/);
          step = Number(/after step (\d+)/.exec(error.message)?.[1]);
          return true;
        });
        assert.equal(trainer.step, step);
        assert.ok(step < 5, `row 17 is in the first epoch, but ${step} steps were taken`);
        const path = join(folder, 'failed.ckpt');
        await trainer.checkpoint(path);
        source.broken = false;
        assert.deepEqual(await outcomeOf(trainer, source), undisturbed);
        await using resumed = await Trainer.resume(path, { workers: 3 });
        assert.deepEqual(await outcomeOf(resumed, source), undisturbed);
      });
    }
  }

  test('in a later epoch too: every step before it is kept', async () => {
    let reads = 0;
    const read = (numbers: Int32Array): LabelledData => {
      if (++reads > 8) throw new Error('quota used up');
      return rowsOf(numbers);
    };
    await using trainer = await create(2);
    await assert.rejects(trainer.fit({ rows: ROWS, read }, fit), {
      code: 'DATA_FAILED',
      message: /stands after step 8/,
    });
    assert.deepEqual(await outcomeOf(trainer, data), undisturbed);
  });

  test('when no row fails by itself the error tells the batch', async () => {
    const read = (numbers: Int32Array): LabelledData => {
      if (numbers.length > 1) throw new Error('too many');
      return rowsOf(numbers);
    };
    await using trainer = await create(1);
    await assert.rejects(trainer.fit({ rows: ROWS, read }, { ...fit, shuffle: false }), {
      message: /^6 rows of the data source, 0, 1, 2, …, cannot be read: too many\. .*after step 0/,
    });
  });

  test('a number of rows that is none, or a share to validate on, is refused before the first step', async () => {
    await using trainer = await create(1);
    for (const rows of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
      await assert.rejects(trainer.fit({ rows, read: rowsOf }, fit), { code: 'INVALID_DATA', message: /has rows/ });
    }
    const split = trainer.fit({ rows: ROWS, read: rowsOf }, { validationSplit: 0.2 });
    await assert.rejects(split, { code: 'INVALID_OPTION', message: /give validationData instead/ });
  });
});

test('A source is asked for the batches once, one after another, and not ahead of an end', async () => {
  const asked: number[] = [];
  let reading = 0;
  const read = async (numbers: Int32Array): Promise<LabelledData> => {
    assert.equal(++reading, 1);
    asked.push(...numbers);
    await new Promise((resolve) => setImmediate(resolve));
    reading--;
    return rowsOf(numbers);
  };
  await using trainer = await create(2);
  const stopTraining = (_: number, __: unknown, control: { stopTraining(): void }): void => control.stopTraining();
  await trainer.fit({ rows: ROWS, read }, { ...fit, epochs: 1, shuffle: false });
  assert.deepEqual(
    asked,
    Array.from({ length: ROWS }, (_, row) => row),
  );
  asked.length = 0;
  await trainer.fit({ rows: ROWS, read }, { ...fit, callbacks: [{ onBatchEnd: stopTraining }] });
  const before = asked.length;
  await trainer.evaluate(validationData);
  assert.equal(asked.length, before);
  assert.ok(before <= 18, `${before} rows were read for one step of 6`);
});
