import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Trainer } from '../../src/index.js';
import type { RunConfigInput } from '../../src/run/config/schema.js';
import type { RunEvent, Summary } from '../../src/run/events.js';
import { predictionsCsv } from '../../src/run/predictions.js';
import { type TrainOptions, train } from '../../src/run/train.js';
import { openTrained } from '../../src/run/trained.js';
import { readEvents } from '../helpers/events.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
let out: string;
let undisturbed: Summary;

before(async () => {
  runs = await makeRunFolder();
  undisturbed = await run({ out: join(runs.folder, 'undisturbed') });
});
beforeEach(() => {
  out = join(runs.folder, `run-${Math.random().toString(36).slice(2)}`);
});
after(() => runs.remove());

interface Changes extends TrainOptions {
  readonly out?: string;
  readonly config?: Partial<RunConfigInput>;
}

function run({ out: directory = out, config = {}, ...options }: Changes = {}): Promise<Summary> {
  return train(pointsConfig(runs.csv, { ...config, run: { out: directory, ...config.run } }), options);
}

/** Trains until some epoch has ended, then stops as Ctrl-C does. */
async function interrupt(afterEpoch: number, config: Partial<RunConfigInput> = {}): Promise<void> {
  const controller = new AbortController();
  const onEvent = (event: RunEvent): void => {
    if (event.event === 'epoch' && event.epoch === afterEpoch) controller.abort();
  };
  await assert.rejects(run({ config, signal: controller.signal, onEvent }), { code: 'ABORTED' });
}

const readJson = async (name: string) => JSON.parse(await readFile(join(out, name), 'utf8'));
const readLines = async (name: string) =>
  (await readFile(join(out, name), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('A finished run', () => {
  test('leaves its config, status, metrics, log, newest checkpoints and model', async () => {
    const summary = await run();
    const files = [
      'checkpoints',
      'config.json',
      'log.jsonl',
      'metrics.jsonl',
      'model',
      'preprocessing.json',
      'report.html',
      'status.json',
      'tb',
      'validation.json',
    ];
    assert.deepEqual((await readdir(out)).sort(), files);
    assert.equal((await readJson('status.json')).state, 'finished');
    assert.deepEqual((await readdir(join(out, 'checkpoints'))).sort(), [
      'best.ckpt',
      'step-00000020.ckpt',
      'step-00000025.ckpt',
      'step-00000030.ckpt',
    ]);
    const metrics = await readLines('metrics.jsonl');
    assert.deepEqual(
      metrics.map(({ epoch, step }) => [epoch, step]),
      [
        [1, 5],
        [2, 10],
        [3, 15],
        [4, 20],
        [5, 25],
        [6, 30],
      ],
    );
    assert.equal(metrics[5].val_accuracy, summary.metrics.val_accuracy);
    const messages = (await readLines('log.jsonl')).map(({ msg }) => msg);
    assert.deepEqual([messages[0], messages.at(-1)], ['run started', 'run finished']);
    assert.deepEqual([summary.steps, summary.epochs, summary.workers, summary.shards], [30, 6, 2, 8]);
  });

  test('is not written over, and says how to go on', async () => {
    await run();
    await assert.rejects(run(), { code: 'RUN_EXISTS', message: /already holds a run \(finished\); add --resume/ });
  });

  test('can be trained on for more epochs', async () => {
    await run({ config: { fit: { epochs: 4, batchSize: 7, validationSplit: 0.25 } } });
    const { fingerprint } = await run({ resume: true });
    assert.equal(fingerprint, undisturbed.fingerprint);
  });

  test('can be opened as a run, a model or a checkpoint, and predicts the same', async () => {
    await run();
    const targets = [
      out,
      join(out, 'model'),
      join(out, 'model', 'model.json'),
      join(out, 'checkpoints', 'step-00000030.ckpt'),
    ];
    const predictions = await Promise.all(
      targets.map(async (target) => {
        const { trainer, kept } = await openTrained(target, { workers: 1, engine: 'reference' });
        await using _ = trainer;
        assert.deepEqual(kept?.classes, ['above', 'below']);
        return (await trainer.predict({ x: new Float32Array([0.5, -0.5]) })).values[0];
      }),
    );
    assert.deepEqual(new Set(predictions).size, 1);
  });
});

describe('An interrupted run', () => {
  test('is checkpointed and marked, and resumes to the same bits with another number of workers', async () => {
    await interrupt(3);
    const { state, step } = await readJson('status.json');
    assert.deepEqual([state, step >= 15 && step < 30], ['interrupted', true]);
    assert.equal((await readdir(out)).includes('model'), false);
    const { fingerprint } = await run({ resume: true, config: { run: { workers: 3 } } });
    assert.equal(fingerprint, undisturbed.fingerprint);
    assert.equal((await readLines('metrics.jsonl')).length, 6);
  });

  test('resumes from its directory alone', async () => {
    await interrupt(2);
    const { fingerprint } = await train(out, { resume: true });
    assert.equal(fingerprint, undisturbed.fingerprint);
  });

  test('resumes in the middle of an epoch', async () => {
    await interrupt(2, { run: { checkpoint: { everySteps: 2, keep: 100 } } });
    const names = await readdir(join(out, 'checkpoints'));
    assert.ok(names.includes('step-00000008.ckpt'), names.join());
    await Promise.all(
      names.filter((name) => name > 'step-00000008.ckpt').map((name) => rm(join(out, 'checkpoints', name))),
    );
    const { fingerprint } = await train(out, { resume: true });
    assert.equal(fingerprint, undisturbed.fingerprint);
    assert.deepEqual(
      (await readLines('metrics.jsonl')).map(({ epoch }) => epoch),
      [1, 2, 3, 4, 5, 6],
    );
  });

  test('passes over a damaged checkpoint and what a crash left half written', async () => {
    await interrupt(3);
    const newest = (await readdir(join(out, 'checkpoints'))).sort().at(-1) as string;
    await writeFile(join(out, 'checkpoints', newest), 'LOCKSTEP broken');
    await writeFile(join(out, 'checkpoints', 'step-00000999.ckpt.tmp'), 'half');
    await appendFile(join(out, 'metrics.jsonl'), '{"epoch":99,"st');
    const warnings: string[] = [];
    const onEvent = (event: RunEvent) => event.event === 'warning' && warnings.push(event.message);
    const { fingerprint } = await train(out, { resume: true, onEvent });
    assert.equal(fingerprint, undisturbed.fingerprint);
    assert.match(warnings.join(), /damaged|not a Lockstep checkpoint|format/);
    const epochs = await readLines('metrics.jsonl');
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      [1, 2, 3, 4, 5, 6],
    );
    const { epoch_loss } = await readEvents(join(out, 'tb', 'train'));
    assert.deepEqual(
      epoch_loss,
      epochs.map(({ loss }, i) => [i, Math.fround(loss)]),
    );
    assert.ok((await readdir(join(out, 'checkpoints'))).every((name) => name.endsWith('.ckpt')));
  });

  test('leaves what TensorBoard shows alone, or out, where the config says so', async () => {
    await interrupt(2);
    await train(out, { resume: true, overrides: [{ path: 'run.tensorboard', value: false, from: 'the test' }] });
    assert.equal((await readEvents(join(out, 'tb', 'train'))).epoch_loss.length <= 3, true);
    await rm(out, { recursive: true });
    await run({ config: { run: { tensorboard: false } } });
    assert.equal((await readdir(out)).includes('tb'), false);
  });

  test('begins again when it was killed before its first checkpoint', async () => {
    await interrupt(1);
    await rm(join(out, 'checkpoints'), { recursive: true });
    assert.equal((await train(out, { resume: true })).fingerprint, undisturbed.fingerprint);
  });

  test('does not go on as another run', async () => {
    await interrupt(2);
    const other = { fit: { epochs: 6, batchSize: 8, validationSplit: 0.25 } };
    const message = /fit\.batchSize is 8, but the run in .* was started with 7; resume it as it was/;
    await assert.rejects(run({ resume: true, config: other }), { code: 'RESUME_MISMATCH', message });
    const changed = join(runs.folder, 'changed.csv');
    await writeFile(changed, (await readFile(runs.csv, 'utf8')).replace(/\n0/, '\n1'));
    const data = { csv: changed, shuffle: true };
    await assert.rejects(run({ resume: true, config: { data } }), {
      code: 'RESUME_MISMATCH',
      message: /no longer holds the data/,
    });
  });

  test('keeps its engine unless another is asked for', async () => {
    await interrupt(2);
    const { engine } = await run({ resume: true, config: { run: { engine: 'auto' } } });
    assert.equal(engine, 'reference');
  });
});

describe('Checkpoints of a run', () => {
  const checkpoints = async () => (await readdir(join(out, 'checkpoints'))).sort();

  test('come every so many steps, and the ranks go on between them', async () => {
    await run({ config: { run: { checkpoint: { everySteps: 7, everyEpochs: 100, keep: 100 } } } });
    assert.deepEqual(
      (await checkpoints()).filter((name) => name !== 'best.ckpt'),
      [7, 14, 21, 28, 30].map((step) => `step-${String(step).padStart(8, '0')}.ckpt`),
    );
  });

  test('come when the last one is old', async () => {
    const fit = { epochs: 40, batchSize: 7, validationSplit: 0.25 };
    const checkpoint = { everyMinutes: 1e-6, everyEpochs: 1000, keep: 1000 };
    await run({ config: { fit, run: { checkpoint } } });
    assert.ok((await checkpoints()).length > 1, (await checkpoints()).join());
  });

  test('keep the best epoch when newer ones push it out', async () => {
    await run({ config: { run: { checkpoint: { keep: 1 } } } });
    const metrics = await readLines('metrics.jsonl');
    const best = metrics.reduce((a, b) => (b.val_loss < a.val_loss ? b : a));
    assert.deepEqual(await checkpoints(), ['best.ckpt', 'step-00000030.ckpt']);
    await using trainer = await Trainer.resume(join(out, 'checkpoints', 'best.ckpt'));
    assert.equal(trainer.step, best.step);
  });

  test('that cannot be written are reported, and training goes on to the same bits', async () => {
    const warnings: string[] = [];
    const onEvent = (event: RunEvent): void => {
      if (event.event === 'warning') warnings.push(event.message);
      if (event.event === 'epoch' && event.epoch === 2) {
        rmSync(join(out, 'checkpoints'), { recursive: true });
        writeFileSync(join(out, 'checkpoints'), 'in the way');
      }
    };
    const { fingerprint } = await run({ onEvent });
    assert.equal(fingerprint, undisturbed.fingerprint);
    // The one before may still have been on its way.
    assert.ok(warnings.length === 5 || warnings.length === 6, warnings.join('\n'));
    assert.match(
      warnings.at(-1) as string,
      /step-00000030\.ckpt could not be written: .*not a directory.* Training goes on\./,
    );
  });
});

describe('Nothing is left behind', () => {
  const absent = async () =>
    assert.equal((await readdir(runs.folder)).includes(out.slice(runs.folder.length + 1)), false);

  test('when the data is bad', async () => {
    await assert.rejects(run({ config: { data: { csv: '/nowhere.csv' } } }), { code: 'CSV_UNREADABLE' });
    await absent();
  });

  test('when the model is bad', async () => {
    await assert.rejects(run({ config: { model: { layers: [{ type: 'Dens', inputShape: [2] }] } } }), {
      code: 'UNSUPPORTED_LAYER',
    });
    await absent();
  });

  test('when the run is stopped before it begins', async () => {
    await assert.rejects(run({ signal: AbortSignal.abort() }), { code: 'ABORTED', message: /nothing was written/ });
    await absent();
  });
});

test('A run whose loss is no number is marked as failed and keeps its last good checkpoint', async () => {
  const optimizer = { name: 'sgd', learningRate: 1e30 } as const;
  const config = {
    compile: { optimizer, loss: 'meanSquaredError' as const },
    model: { layers: [{ type: 'Dense', units: 1, inputShape: [2] }] },
  };
  const data = { csv: runs.csv, label: 'b', ignore: ['side'] };
  const model = { layers: [{ type: 'Dense', units: 1, inputShape: [1] }] };
  await assert.rejects(run({ config: { ...config, data, model } }), { code: 'NON_FINITE_LOSS' });
  const { state, error } = await readJson('status.json');
  assert.deepEqual([state, error.code], ['failed', 'NON_FINITE_LOSS']);
});

test('There must be a run to resume, and an --out that is not a run is left alone', async () => {
  await assert.rejects(run({ resume: true }), { code: 'NO_RUN', message: /There is no run in/ });
  await mkdir(out);
  await writeFile(join(out, 'thesis.txt'), 'irreplaceable');
  await assert.rejects(run(), { code: 'RUN_EXISTS', message: /is not empty; give another --out/ });
});

describe('Predictions as CSV', () => {
  const base = {
    header: true,
    skipRows: 0,
    delimiter: ',',
    label: 'y',
    shape: [1],
    columns: ['x'],
    scaling: { kind: 'none' },
    digest: '',
  } as const;
  test('name the classes and the most likely one', () => {
    const values = new Float32Array([0.25, 0.75, 0.5, 0.5]);
    const classes = ['no', 'yes, surely'];
    assert.equal(
      predictionsCsv({ values, outputs: 2 }, { ...base, target: 'classes', classes }),
      'no,"yes, surely",class\n0.25,0.75,"yes, surely"\n0.5,0.5,no\n',
    );
  });

  test('of a yes-or-no question have one column, named by class 1', () => {
    const values = new Float32Array([0.5, 0.1, 0.9]);
    const csv = predictionsCsv({ values, outputs: 1 }, { ...base, target: 'binary', classes: ['bad', 'good'] });
    assert.equal(csv, 'good,class\n0.5,bad\n0.1,bad\n0.9,good\n');
  });

  test('of numbers are named by the label, in the fewest digits that read back the same', () => {
    const values = new Float32Array([1 / 3, 1e-10, 16_777_216]);
    const csv = predictionsCsv({ values, outputs: 1 }, { ...base, target: 'numbers' });
    assert.equal(csv, 'y\n0.33333334\n1e-10\n16777216\n');
  });
});
