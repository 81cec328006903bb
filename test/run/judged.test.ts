import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/coordinator/models/onnx/proto/onnx_pb.js';
import type { RunConfigInput } from '../../src/run/config/schema.js';
import { evaluateRows } from '../../src/run/data/batched.js';
import { exportModel } from '../../src/run/export.js';
import { type TrainOptions, train } from '../../src/run/train.js';
import { labelledRowsFor, openTrained, type TrainedOptions } from '../../src/run/trained.js';
import { startLockstep } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let place: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (path: string): string => join(place.folder, path);
const averaging = { name: 'adam', learningRate: 0.1, useEma: true, emaMomentum: 0.9 } as const;

/** A learning rate that is too high: the last epoch is not the best. */
const config = (out: string, changes: Partial<RunConfigInput> = {}): RunConfigInput =>
  pointsConfig(place.csv, {
    compile: { optimizer: { name: 'adam', learningRate: 0.5 }, loss: 'binaryCrossentropy' },
    ...changes,
    run: { workers: 1, out: at(out), checkpoint: { keep: 100 }, ...changes.run },
  });
const averaged = (out: string, changes: Partial<RunConfigInput> = {}): RunConfigInput =>
  config(out, { compile: { optimizer: averaging, loss: 'binaryCrossentropy' }, ...changes });

before(async () => {
  place = await makeRunFolder();
  await train(config('plain'));
  await train(averaged('averaged'));
});
after(() => place.remove());

/** What a target computes, and from which file. */
async function judge(target: string, options: TrainedOptions = {}) {
  const trained = await openTrained(at(target), { workers: 1, engine: 'reference', ...options });
  await using trainer = trained.trainer;
  const { loss } = await evaluateRows(trainer, await labelledRowsFor(trained, place.csv), 32);
  return { loss, weights: trained.weights.replace(`${place.folder}/`, ''), values: trainer.weights() };
}

const validationLosses = (run: string): number[] =>
  readFileSync(at(`${run}/metrics.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).val_loss);
const bestEpochOf = (run: string): number => {
  const losses = validationLosses(run);
  return losses.indexOf(Math.min(...losses)) + 1;
};
/** 30 rows to train on in batches of 7. */
const checkpointOf = (epoch: number): string => `step-${String(5 * epoch).padStart(8, '0')}.ckpt`;

for (const run of ['plain', 'averaged']) {
  test(`a finished run is judged by its model: ${run}`, async () => {
    const [byRun, byModel] = [await judge(run), await judge(`${run}/model`, { config: at(`${run}/config.json`) })];
    assert.equal(byRun.weights, `${run}/model/model.json`);
    assert.deepEqual(byRun.values, byModel.values);
    assert.equal(byRun.loss, byModel.loss);
  });

  test(`the last checkpoint of a finished run is judged as its model is: ${run}`, async () => {
    const last = await judge(run, { checkpoint: 'last' });
    assert.equal(last.weights, `${run}/checkpoints/${checkpointOf(6)}`);
    assert.deepEqual(last.values, (await judge(run)).values);
    assert.deepEqual((await judge(last.weights)).values, last.values);
  });

  test(`--checkpoint chooses the best one, or that of a step: ${run}`, async () => {
    const epoch = bestEpochOf(run);
    const best = await judge(run, { checkpoint: 'best' });
    assert.equal(best.weights, `${run}/checkpoints/best.ckpt`);
    assert.deepEqual((await judge(run, { checkpoint: String(5 * epoch) })).values, best.values);
    assert.equal((await judge(run, { checkpoint: '5' })).weights, `${run}/checkpoints/${checkpointOf(1)}`);
  });

  test(`an exported checkpoint is the model that is judged: ${run}`, async () => {
    for (const checkpoint of ['best', 'last', '10', undefined]) {
      const out = at(`exported ${run} ${checkpoint}`);
      const chosen = checkpoint === undefined ? {} : { checkpoint };
      await exportModel(at(run), out, chosen);
      const exported = await judge(`exported ${run} ${checkpoint}`, { config: at(`${run}/config.json`) });
      assert.deepEqual(exported.values, (await judge(run, chosen)).values);
    }
  });
}

test('the averages are other weights than the raw ones', async () => {
  const { Trainer } = await import('../../src/coordinator/trainer.js');
  await using raw = await Trainer.resume(at(`averaged/checkpoints/${checkpointOf(6)}`), { engine: 'reference' });
  assert.notDeepEqual(raw.weights(), (await judge('averaged')).values);
});

test('a run that is not finished is judged by its newest checkpoint', async () => {
  const stop = new AbortController();
  const onEvent: TrainOptions['onEvent'] = ({ event }) => event === 'epoch' && stop.abort();
  await assert.rejects(train(averaged('stopped'), { signal: stop.signal, onEvent }), { code: 'ABORTED' });
  const { weights, values } = await judge('stopped');
  assert.match(weights, /^stopped\/checkpoints\/step-\d+\.ckpt$/);
  assert.deepEqual(values, (await judge('stopped', { checkpoint: 'last' })).values);
});

const refused: Readonly<Record<string, [target: string, checkpoint: string, told: object]>> = {
  'a step that no checkpoint is of': [
    'plain',
    '7',
    { code: 'NO_CHECKPOINT', message: /has no checkpoint 7; it has best, 5, 10, 15, 20, 25, 30\. Give best, last or/ },
  ],
  'a word': ['plain', 'newest', { code: 'NO_CHECKPOINT', message: /has no checkpoint newest/ }],
  'a path': ['plain', '../../x', { code: 'NO_CHECKPOINT', message: /has no checkpoint/ }],
  nothing: ['plain', '', { code: 'NO_CHECKPOINT', message: /has no checkpoint/ }],
  'a number without end': ['plain', '9'.repeat(400), { code: 'NO_CHECKPOINT' }],
  'one of a model': ['plain/model', 'best', { code: 'NO_RUN', message: /chooses among the checkpoints of a run/ }],
  'one of a checkpoint': ['plain/checkpoints/best.ckpt', 'best', { code: 'NO_RUN' }],
};
for (const [what, [target, checkpoint, told]] of Object.entries(refused)) {
  test(`--checkpoint is refused where it names ${what}`, async () => {
    await assert.rejects(openTrained(at(target), { checkpoint }), told);
  });
}

test('an export never takes the place of what it is made from, nor of a file', async () => {
  const model = readFileSync(at('plain/model/weights.bin'));
  await assert.rejects(exportModel(at('plain'), at('plain/model')), { code: 'OUT_IS_INPUT' });
  assert.deepEqual(readFileSync(at('plain/model/weights.bin')), model);
  for (const [out, why] of [
    [place.csv, /^\S+ cannot be written: [^;]+; give another path\.$/],
    [at('none/deep/x.onnx'), /^\S+ cannot be written: there is no folder \S+deep; give another path\.$/],
  ] as const)
    await assert.rejects(exportModel(at('plain'), out), { code: 'OUT_UNWRITABLE', message: why });
  await assert.rejects(exportModel(at('plain/model'), at('copy')), { code: 'NO_RUN', message: /is a model already/ });
});

test('lockstep export RUN --checkpoint best writes a model', async () => {
  const { code, stdout } = await startLockstep(place.folder, 'export', 'plain', '--checkpoint', 'best', 'told/').ended;
  assert.deepEqual([code, stdout], [0, 'the model of plain/checkpoints/best.ckpt is written to told/\n']);
  const told = await judge('told', { config: at('plain/config.json') });
  assert.deepEqual(told.values, (await judge('plain', { checkpoint: 'best' })).values);
});

test('lockstep export RUN model.onnx writes an ONNX file of the weights that the run ended with', async () => {
  const { code, stdout } = await startLockstep(place.folder, 'export', 'plain', 'told.onnx').ended;
  assert.deepEqual([code, stdout], [0, 'the model of plain/model/model.json is written to told.onnx\n']);
  const { graph } = fromBinary(ModelProtoSchema, readFileSync(at('told.onnx')));
  const written = new Set(graph?.initializer.map(({ rawData }) => rawData.join()));
  for (const { name, values } of (await judge('plain')).values) {
    assert.ok(written.has(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).join()), name);
  }
});

test('a run with restoreBest ends with the weights of its best epoch, interrupted or not, and no other', async () => {
  const fit = { epochs: 6, batchSize: 7, validationSplit: 0.25, restoreBest: true };
  const whole = await train(config('best', { fit }));
  const epoch = bestEpochOf('best');
  assert.ok(epoch < 6, 'the last epoch is not the best');
  assert.equal(whole.restoredEpoch, epoch);
  assert.deepEqual(validationLosses('best'), validationLosses('plain'));
  assert.deepEqual((await judge('best')).values, (await judge('plain', { checkpoint: 'best' })).values);
  const stop = new AbortController();
  let epochs = 0;
  const onEvent: TrainOptions['onEvent'] = ({ event }) => event === 'epoch' && ++epochs === epoch + 1 && stop.abort();
  await assert.rejects(train(config('halted', { fit }), { signal: stop.signal, onEvent }), { code: 'ABORTED' });
  const resumed = await train(at('halted'), { resume: true });
  assert.equal(resumed.fingerprint, whole.fingerprint);
  assert.equal(resumed.restoredEpoch, epoch);
});

test('a finished run whose earlyStopping restored its best weights is judged by those, not by its newest checkpoint', async () => {
  const stopping = { earlyStopping: { patience: 2, restoreBestWeights: true } };
  const fit = { epochs: 6, batchSize: 7, validationSplit: 0.25, callbacks: [stopping] };
  const { restoredEpoch } = await train(config('early', { fit }));
  const epoch = bestEpochOf('early');
  assert.equal(restoredEpoch, epoch);
  assert.ok(epoch < validationLosses('early').length, 'the last epoch is not the best');
  const [found, last] = [await judge('early'), await judge('early', { checkpoint: 'last' })];
  assert.equal(found.weights, 'early/model/model.json');
  assert.deepEqual(found.values, (await judge('early', { checkpoint: String(5 * epoch) })).values);
  assert.notDeepEqual(found.values, last.values);
});

test('restoreBest needs data to validate on', async () => {
  await assert.rejects(train(config('unjudged', { fit: { restoreBest: true } })), {
    code: 'CONFIG_CONFLICT',
    message: /fit\.restoreBest takes the epoch of the lowest val_loss; add data\.validation or fit\.validationSplit/,
  });
});
