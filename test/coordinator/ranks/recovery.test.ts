import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type Callback,
  describeEvent,
  type LabelledData,
  type LockstepError,
  Trainer,
  type TrainerEvent,
  type TrainerOptions,
} from '../../../src/index.js';
import type { Fault } from '../../../src/shared/protocol/faults.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../../helpers/faults.js';
import { dataFor, dropoutCase as given } from '../../helpers/models.js';

const options: TrainerOptions = {
  optimizer: 'adam',
  loss: given.loss,
  metrics: given.metrics,
  workers: 2,
  seed: 9,
};
const data = dataFor(given, 25);
// Four full batches and a ragged one: steps 0 to 4 in the first epoch, 5 to 9 in the second.
const fit = { epochs: 2, batchSize: 6 };

/** A trainer with these faults before it, and all that it tells. */
async function shaken(faults: readonly Fault[], more: Partial<TrainerOptions> = {}) {
  const plan = new FaultPlan();
  const events: TrainerEvent[] = [];
  const snapshotInterval = new RandomSnapshots(new Choices(7));
  const all = { ...options, onEvent: (event: TrainerEvent) => void events.push(event), ...more };
  const trainer = await Trainer.create(given.layers, faultyOptions(all, plan, snapshotInterval));
  plan.arm(faults);
  return { trainer, plan, events };
}

/** What two epochs leave behind when nothing happens. */
async function undisturbed(callbacks: readonly Callback[] = []) {
  await using trainer = await Trainer.create(given.layers, options);
  const { history } = await trainer.fit(data, { ...fit, callbacks });
  return { fingerprint: trainer.fingerprint(), history };
}

describe('A rank that keeps failing', () => {
  const always: Fault = { kind: 'throw', rank: 1, step: 7, phase: 'backward', times: 4 };

  test('ends the call after maxRestarts with rank, step, phase and cause; fit then goes on with the same bits', async () => {
    const { trainer } = await shaken([always]);
    await using _ = trainer;
    await assert.rejects(trainer.fit(data, fit), (error: LockstepError) => {
      assert.equal(error.code, 'RANK_FAILED');
      assert.equal(error.blame, 'fault');
      assert.match(error.message, /Rank 1 failed at step 7 in phase backward: .*injected.*after 3 restarts/);
      assert.match((error.cause as Error).stack ?? '', /enter/);
      return true;
    });
    const { history } = await trainer.fit(data, fit);
    assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, await undisturbed());
  });

  test('may fail as often in the next call', async () => {
    const { trainer, plan } = await shaken([{ ...always, times: 3 }]);
    await using _ = trainer;
    await trainer.fit(data, fit);
    plan.arm([{ ...always, step: trainer.step + 1, times: 3 }]);
    await trainer.fit(data, fit);
    assert.equal(plan.pending, 0);
  });

  test('ends the call at once without restarts, and the weights are not shown half updated', async () => {
    const { trainer, events } = await shaken([{ ...always, phase: 'update', times: 1 }], { maxRestarts: 0 });
    await using _ = trainer;
    await assert.rejects(trainer.fit(data, fit), { code: 'RANK_FAILED' });
    assert.throws(() => trainer.weights(), { code: 'RANKS_LOST' });
    await assert.rejects(trainer.fit(data, fit), { code: 'RANKS_LOST' });
    assert.deepEqual(events, []);
  });

  test('at its start is done without: the run goes on with fewer workers and the same bits', async () => {
    const { trainer, events } = await shaken([{ kind: 'exit', rank: 2, phase: 'attach', times: 2 }], { workers: 3 });
    await using _ = trainer;
    const { history } = await trainer.fit(data, fit);
    assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, await undisturbed());
    assert.equal(trainer.workers, 2);
    const last = events.at(-1) as TrainerEvent;
    assert.equal(last.event, 'fewerWorkers');
    assert.match(describeEvent(last), /could not be started .*going on with 2 workers/);
  });
});

describe('A recovery', () => {
  test('is told with the rank, the cause and the step that was restored', async () => {
    const { trainer, events } = await shaken([{ kind: 'exit', rank: 1, step: 8, phase: 'reduce' }]);
    await using _ = trainer;
    await trainer.fit(data, fit);
    const [event] = events;
    assert.ok(event.event === 'recovery' && event.restoredStep !== null && event.restoredStep <= 8);
    assert.match(
      describeEvent(event),
      /^Rank 1 failed at step 8 in phase reduce \(.*code: 7\); restored step \d+, replaying \(restart 1 of 3\)\.$/,
    );
  });

  test('of an evaluation or a prediction repeats it and restores nothing', async () => {
    const { trainer, events } = await shaken([
      { kind: 'throw', rank: 0, phase: 'forward' },
      { kind: 'exit', rank: 1, phase: 'output' },
    ]);
    await using _ = trainer;
    await using calm = await Trainer.create(given.layers, options);
    assert.deepEqual(await trainer.evaluate(data, { batchSize: 6 }), await calm.evaluate(data, { batchSize: 6 }));
    assert.deepEqual(await trainer.predict(data, { batchSize: 6 }), await calm.predict(data, { batchSize: 6 }));
    const restored = events.map((event) => (event.event === 'recovery' ? event.restoredStep : 'other'));
    assert.deepEqual(restored, [null, null]);
  });

  test('does not call callbacks again, and takes their learning rates and weights along', async () => {
    const calls: number[] = [];
    const callback = (note: (step: number) => void): Callback => ({
      onBatchEnd: (_batch, _logs, control) => {
        note(control.step);
        control.learningRate *= 0.9;
        if (control.step === 4) {
          control.setWeights(
            control.weights().map((weight) => ({ ...weight, values: weight.values.map((x) => x / 2) })),
          );
        }
      },
    });
    const faults = [2, 4, 5, 6, 9].map((step): Fault => ({ kind: 'throw', rank: step % 2, step, phase: 'update' }));
    const { trainer, plan } = await shaken(faults, { maxRestarts: 5 });
    await using _ = trainer;
    const { history } = await trainer.fit(data, { ...fit, callbacks: [callback((step) => calls.push(step))] });
    const expected = await undisturbed([callback(() => {})]);
    assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, expected);
    assert.deepEqual(calls, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(plan.pending, 0);
  });

  test('goes on when the listener throws, with a warning', async () => {
    const { trainer, plan } = await shaken([{ kind: 'throw', rank: 0, step: 3, phase: 'forward' }], {
      onEvent: () => {
        throw new Error('the listener fails');
      },
    });
    await using _ = trainer;
    const warned = once(process, 'warning');
    await trainer.fit(data, fit);
    assert.equal(plan.pending, 0);
    assert.match(String((await warned)[0]), /the listener fails/);
  });

  test('never trains again on data that the caller has overwritten since', async () => {
    const { trainer, plan } = await shaken([]);
    await using _ = trainer;
    await using calm = await Trainer.create(given.layers, options);
    const lent = new Float32Array(new SharedArrayBuffer(data.x.values.byteLength));
    const batch: LabelledData = { x: { values: lent, shape: data.x.shape }, y: data.y };
    for (let step = 0; step < 8; step++) {
      lent.set(dataFor(given, 25, step).x.values);
      plan.arm([{ kind: step % 2 === 0 ? 'throw' : 'exit', rank: 1, step, phase: 'update' }]);
      assert.deepEqual(await trainer.trainOnBatch(batch), await calm.trainOnBatch(batch));
      assert.equal(plan.pending, 0);
    }
    assert.equal(trainer.fingerprint(), calm.fingerprint());
  });

  test('reaches back over a resize', async () => {
    const { trainer, plan } = await shaken([]);
    await using _ = trainer;
    await using calm = await Trainer.create(given.layers, options);
    for (const [step, workers] of [3, 1, 2, 5, 4, 8].entries()) {
      await trainer.resize(workers);
      plan.arm([{ kind: 'throw', rank: workers - 1, step, phase: 'update' }]);
      assert.deepEqual(await trainer.trainOnBatch(data), await calm.trainOnBatch(data));
    }
    assert.equal(trainer.fingerprint(), calm.fingerprint());
  });

  test('does not lose the request to stop', async () => {
    const controller = new AbortController();
    const { trainer } = await shaken([{ kind: 'exit', rank: 1, step: 3, phase: 'forward' }], {
      onEvent: () => controller.abort(),
    });
    await using _ = trainer;
    await assert.rejects(trainer.fit(data, { ...fit, signal: controller.signal }), { code: 'ABORTED' });
    assert.ok(trainer.step >= 1 && trainer.step < 10, `stopped after step ${trainer.step}`);
    const { history } = await trainer.fit(data, fit);
    assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, await undisturbed());
  });

  test('is not tried when the loss is not finite', async () => {
    const { trainer, events } = await shaken([]);
    await using _ = trainer;
    const huge = { ...data, x: { ...data.x, values: data.x.values.map(() => 3e38) } };
    await assert.rejects(trainer.fit(huge, fit), { code: 'NON_FINITE_LOSS' });
    assert.deepEqual(events, []);
  });
});

describe('A trainer stays usable', () => {
  /** Throws when it is called for the second time. */
  const throwOnce = (event: keyof Callback): Callback => {
    let calls = 0;
    return {
      [event]: () => {
        if (++calls === 2) throw new Error('my disk is full');
      },
    };
  };

  const moments = [
    ['onEpochBegin', /epoch 2 after batch 0: .* after step 5,/],
    ['onBatchBegin', /epoch 1 after batch 1: .* after step 1,/],
    ['onBatchEnd', /epoch 1 after batch 2: .* after step 2,/],
    ['onEpochEnd', /epoch 3 after batch 0: .* after step 10,/],
  ] as const;
  for (const [event, place] of moments) {
    for (const workers of [1, 2]) {
      test(`after ${event} has thrown, with ${workers} workers: the error says where, and fit goes on to the same bits`, async () => {
        await using trainer = await Trainer.create(given.layers, { ...options, workers });
        const callback = throwOnce(event);
        await assert.rejects(trainer.fit(data, { ...fit, callbacks: [callback] }), (error: LockstepError) => {
          assert.deepEqual([error.code, error.blame], ['CALLBACK_FAILED', 'fault']);
          assert.match(error.message, place);
          assert.match(error.message, /: my disk is full; .* so call fit again to go on/);
          assert.match(String(error.cause), /my disk is full/);
          return true;
        });
        const { history } = await trainer.fit(data, { ...fit, callbacks: [callback] });
        assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, await undisturbed());
      });
    }
  }

  test('after onTrainEnd has thrown: training has ended all the same, and the error says so', async () => {
    await using trainer = await Trainer.create(given.layers, options);
    const onTrainEnd = (): never => {
      throw new Error('no mail');
    };
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: [{ onTrainEnd }] }), {
      code: 'CALLBACK_FAILED',
      message: /when training had ended, after step 10: no mail/,
    });
    assert.equal(trainer.fingerprint(), (await undisturbed()).fingerprint);
  });

  test('after data that cannot be read', async () => {
    await using trainer = await Trainer.create(given.layers, options);
    const broken = {
      x: data.x,
      get y(): LabelledData['y'] {
        throw new Error('no such column');
      },
    };
    await assert.rejects(trainer.fit(broken, fit), /no such column/);
    await trainer.fit(data, fit);
    assert.equal(trainer.fingerprint(), (await undisturbed()).fingerprint);
  });
});

describe('No thread is left', () => {
  const threads = (): string[] =>
    process
      .getActiveResourcesInfo()
      .filter((name) => name === 'MessagePort' || name === 'Worker' || name === 'Timeout');

  /** Ports close some turns of the event loop after they are told to, the later the busier the machine. */
  const allClosed = async (before: readonly string[]): Promise<void> => {
    for (let look = 0; look < 250 && threads().length > before.length; look++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  for (const [what, fault] of [
    ['a fit that failed', { kind: 'throw', rank: 1, step: 1, phase: 'forward', times: 4 }],
    ['ranks that died', { kind: 'exit', rank: 0, step: 1, phase: 'forward', times: 4 }],
  ] as const) {
    test(`by ${what}, once the trainer is closed`, async () => {
      const before = threads();
      const { trainer } = await shaken([fault]);
      await assert.rejects(trainer.fit(data, fit), { code: 'RANK_FAILED' });
      await trainer.close();
      await allClosed(before);
      assert.deepEqual(threads(), before);
    });
  }

  test('when a trainer is closed in the middle of a fit, which ends with a clear error', async () => {
    const trainer = await Trainer.create(given.layers, options);
    const running = assert.rejects(trainer.fit(data, { ...fit, epochs: 100_000 }), { code: 'CLOSED' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await trainer.close();
    await running;
  });

  test('waiting when a trainer that was never closed is all that is left of a process', {
    timeout: 20_000,
  }, async () => {
    const script = fileURLToPath(new URL('../../fixtures/unclosedTrainer.js', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (bytes) => {
      output += bytes;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, output], [0, '1\n']);
  });
});
