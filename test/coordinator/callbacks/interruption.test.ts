import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Callback, type FitOptions, LockstepError, type RowSource, Trainer, train } from '../../../src/index.js';
import { makeRunFolder, pointsConfig } from '../../helpers/runs.js';

/** What ends a call from outside of it; no test of this file may leave an uncaught exception, which would fail it. */

const layers = [{ type: 'Dense', units: 1, inputShape: [3] }];
const options = { optimizer: 'adam', loss: 'meanSquaredError', workers: 2, engine: 'reference', seed: 5 } as const;
const batches = ({ length }: Int32Array) => ({
  x: new Float32Array(3 * length).fill(0.5),
  y: new Float32Array(length),
});
const fitOptions: FitOptions = { batchSize: 6, epochs: 2 };
const source = (read: (rows: Int32Array, reads: number) => Promise<ReturnType<typeof batches>>): RowSource => {
  let reads = 0;
  return { rows: 60, read: (rows) => read(rows, ++reads) };
};
const good = (): RowSource => source(async (rows) => batches(rows));
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error) => (error instanceof LockstepError ? error.code : String(error)),
  );

let undisturbed: string;
before(async () => {
  await using trainer = await Trainer.create(layers, options);
  await trainer.fit(good(), fitOptions);
  undisturbed = trainer.fingerprint();
});

describe('A read that never answers ends with the call', () => {
  for (const hung of [1, 2, 5, 12]) {
    test(`at the signal, when it is read ${hung}; fit goes on to the undisturbed bits`, async () => {
      await using trainer = await Trainer.create(layers, options);
      const stop = new AbortController();
      const data = source(async (rows, reads) => {
        if (reads < hung) return batches(rows);
        setTimeout(() => stop.abort(), 50);
        return new Promise(() => {});
      });
      const began = performance.now();
      assert.equal(await codeOf(trainer.fit(data, { ...fitOptions, signal: stop.signal })), 'ABORTED');
      assert.ok(performance.now() - began < 10_000);
      await trainer.fit(good(), fitOptions);
      assert.equal(trainer.fingerprint(), undisturbed);
    });
  }

  test('when the trainer is closed', async () => {
    const trainer = await Trainer.create(layers, options);
    const data = source(async (rows, reads) => {
      if (reads < 4) return batches(rows);
      setTimeout(() => trainer.close(), 50);
      return new Promise(() => {});
    });
    assert.equal(await codeOf(trainer.fit(data, fitOptions)), 'CLOSED');
    await trainer.close();
  });

  test('when a display fails', async () => {
    await using trainer = await Trainer.create(layers, options);
    const data = source(async (rows, reads) => (reads < 4 ? batches(rows) : new Promise(() => {})));
    let shows = 0;
    const display: Callback = {
      onProgress: () => {
        if (++shows === 3) throw new Error('no terminal');
      },
    };
    assert.equal(await codeOf(trainer.fit(data, { ...fitOptions, callbacks: [display] })), 'CALLBACK_FAILED');
  });
});

describe('A display that fails ends fit with CALLBACK_FAILED, and fit goes on to the undisturbed bits', () => {
  const no = new Error('no terminal');
  const displays: [what: string, onProgress: () => unknown][] = [
    ['it throws', () => Promise.resolve(assert.fail('no terminal'))],
    [
      'it throws no error',
      () =>
        Promise.resolve(
          ((): never => {
            throw 'no terminal';
          })(),
        ),
    ],
    ['it rejects', async () => Promise.reject(no)],
    [
      'it rejects later',
      async () => {
        await Promise.resolve();
        throw no;
      },
    ],
    ['it rejects with no error', async () => Promise.reject('no terminal')],
  ];
  for (const [what, onProgress] of displays) {
    test(what, async () => {
      await using trainer = await Trainer.create(layers, options);
      const callbacks = [{ onProgress: onProgress as () => void }];
      const error = await trainer.fit(good(), { ...fitOptions, callbacks }).then(
        () => null,
        (thrown) => thrown,
      );
      assert.equal(error?.code, 'CALLBACK_FAILED');
      assert.match(error.message, /no terminal.*call fit again to go on/);
      await trainer.fit(good(), fitOptions);
      assert.equal(trainer.fingerprint(), undisturbed);
    });
  }
});

describe('A listener of train that fails ends it with CALLBACK_FAILED, after a checkpoint', () => {
  let runs: Awaited<ReturnType<typeof makeRunFolder>>;
  before(async () => {
    runs = await makeRunFolder();
  });
  after(() => runs.remove());
  const ways: Record<string, () => unknown> = {
    throws: () => assert.fail('no display'),
    rejects: async () => assert.fail('no display'),
  };
  for (const event of ['start', 'progress', 'epoch']) {
    for (const [how, fail] of Object.entries(ways)) {
      test(`it ${how} at ${event}`, async () => {
        const out = join(runs.folder, `${event}-${how}`);
        const config = pointsConfig(runs.csv, { run: { out, workers: 1 } });
        const onEvent = (heard: { event: string }) => (heard.event === event ? fail() : undefined) as undefined;
        const error = await train(config, { onEvent }).then(
          () => null,
          (thrown) => thrown,
        );
        assert.equal(error?.code, 'CALLBACK_FAILED');
        assert.match(error.message, new RegExp(`onEvent failed at the event ${event}: no display.*--resume`));
        assert.ok((await readdir(join(out, 'checkpoints'))).length > 0);
        await train(config, { resume: true });
      });
    }
  }
});
