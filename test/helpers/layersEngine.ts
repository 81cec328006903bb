import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sequential, layers as tfl } from '@tensorflow/tfjs-layers';
import { Snake, snakeModule } from '../../examples/layers/snake.js';
import { pinballModule } from '../../examples/losses/pinball.js';
import { openModel, readModel } from '../../src/coordinator/models/open.js';
import { reductions } from '../../src/coordinator/options/losses.js';
import { type LossOptions, readObjectives } from '../../src/coordinator/options/objectives.js';
import { adam, type LabelledData, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import type { KernelMemory } from '../../src/shared/kernels/pass.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import type { LayersEngineName } from '../../src/shared/protocol/messages.js';
import { registeredNames } from '../../src/shared/tfjs/discard.js';
import { tfc } from '../../src/shared/tfjs/tfjs.js';
import { openRankModel } from '../../src/worker/engines/tfjs/rankModel.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from './faults.js';
import { type InProcessOptions, InProcessRank } from './inProcess.js';
import { type Case, cases, dataFor, dropoutCase, tfjsCases } from './models.js';

const [dense] = cases;
const normalized = cases.find(({ layers }) => layers.some(({ type }) => type === 'BatchNormalization')) as Case;

const squaredModule = join(packageRoot(import.meta.url), 'test/fixtures/squared.js');

// 42 training rows in batches of 16, the last one ragged; two epochs of three steps, each with a validation pass.
const ROWS = 53;
const fit = { epochs: 2, batchSize: 16, validationSplit: 0.2 };

/** The laws, and agreement with the reference kernels, for an engine in which TensorFlow.js computes the model. */
export function layersEngineTests(engine: LayersEngineName): void {
  const options = (given: Case): TrainerOptions => optionsOf(given, engine);

  memoryTests(engine);

  describe(`${engine}: one step is that of the reference kernels within 1e-5`, () => {
    for (const given of [...tfjsCases, dropoutCase]) {
      test(given.title, async () => {
        // A shard a batch: TensorFlow.js normalizes a batch over the rows of a shard.
        const one = { ...options(given), optimizer: sgd({ learningRate: 1 }), workers: 1, shards: 1 };
        assertAgree(await oneStep(given, one), await oneStep(given, { ...one, engine: 'reference' }));
      });
    }

    test('rows with weights, in several shards', async () => {
      const sampleWeight = Float32Array.from({ length: 11 }, (_, row) => 0.25 * (row + 1));
      const more = { ...options(dense), optimizer: sgd({ learningRate: 1 }), workers: 2, shards: 3 };
      const theirs = await oneStep(dense, { ...more, engine: 'reference' }, { sampleWeight });
      assertAgree(await oneStep(dense, more, { sampleWeight }), theirs);
      assert.notDeepEqual(theirs.logs, (await oneStep(dense, more)).logs);
    });
  });

  describe(`${engine}, law 1: with S fixed, workers change no bit`, () => {
    for (const given of [dense, dropoutCase, normalized]) {
      test(given.title, async () => {
        const outcomeOf = async (workers: number) => {
          await using trainer = await Trainer.create(given.layers, { ...options(given), workers, shards: 5 });
          return await go(trainer, given);
        };
        const alone = await outcomeOf(1);
        // Each worker loads TensorFlow.js, which takes a second; one model goes through all numbers.
        for (const workers of given === dense ? [2, 3, 5] : [3]) {
          assert.deepEqual(await outcomeOf(workers), alone, `${workers} workers`);
        }
      });
    }
  });

  test(`${engine}: a layer of one's own, in a model and in a config, trains to the same bits with any workers`, async () => {
    const layers = [{ type: 'Dense', units: 5, inputShape: [7] }, { type: 'Snake' }, { type: 'Dense', units: 3 }];
    const built = sequential({
      layers: [tfl.dense({ units: 4, inputShape: [7] }), new Snake({}), tfl.dense({ units: 3 })],
    });
    for (const model of [layers, built]) {
      const custom: TrainerOptions = { ...options(dense), modules: [snakeModule], initialWeights: 'seed', shards: 3 };
      const outcomes = [];
      for (const workers of [1, 2]) {
        await using trainer = await Trainer.create(model, { ...custom, workers });
        const before = trainer.weights();
        outcomes.push(await go(trainer, dense));
        trainer.weights().forEach(({ name, values }, i) => {
          assert.notDeepEqual(values, before[i].values, `${name} is trained`);
        });
      }
      assert.deepEqual(outcomes[1], outcomes[0]);
    }
  });

  test(`${engine}, law 1: with S fixed, workers change no bit of a loss and a metric that a module exports`, async () => {
    const pinball = { name: 'custom', function: 'pinball' } as const;
    const below = { name: 'custom', function: 'below' } as const;
    const base = { ...options(dense), loss: pinball, metrics: [below], modules: [pinballModule], shards: 3 };
    const sampleWeight = Float32Array.from({ length: 11 }, (_, row) => 0.25 * (row + 1));
    const outcomes = [];
    for (const workers of [1, 2]) {
      await using trainer = await Trainer.create(dense.layers, { ...base, workers });
      const weighted = await trainer.trainOnBatch({ ...dataFor(dense, 11), sampleWeight });
      outcomes.push({ ...(await go(trainer, dense)), weighted });
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    assert.deepEqual(Object.keys(outcomes[0].history), ['loss', 'below', 'val_loss', 'val_below']);
  });

  test(`${engine}: a step with a loss of a module is that of the same loss by its name`, async () => {
    const sampleWeight = Float32Array.from({ length: 11 }, (_, row) => 0.25 * (row + 1));
    const base = { ...options(dense), optimizer: sgd({ learningRate: 1 }), workers: 1, shards: 2 };
    const own = { ...base, loss: { name: 'custom', function: 'squared' }, modules: [squaredModule] } as TrainerOptions;
    for (const rows of [{}, { sampleWeight }]) {
      assertAgree(await oneStep(dense, own, rows), await oneStep(dense, base, rows));
    }
  });

  test(`${engine}: functions of a module count weighted steps of sequences as the same loss by its name does`, async () => {
    const waves = (size: number, phase: number) =>
      Float32Array.from({ length: size }, (_, i) => Math.sin(phase + 1.7 * i));
    const data = {
      x: { values: waves(60, 1), shape: [5, 4, 3] },
      y: { values: waves(40, 2), shape: [5, 4, 2] },
      sampleWeight: { values: waves(20, 3).map((value) => Math.max(0, 1 + value)), shape: [5, 4] },
    };
    const layers = [{ type: 'Dense', units: 2, inputShape: [4, 3] }];
    const base = { optimizer: sgd({ learningRate: 1 }), engine, workers: 2, shards: 2, modules: [squaredModule] };
    const stepOf = async (loss: LossOptions) => {
      const { reduction: _, ...metric } = loss;
      const metrics = { metrics: [metric], weightedMetrics: [metric] };
      await using trainer = await Trainer.create(layers, { ...base, loss, ...metrics });
      return [
        ...Object.values(await trainer.trainOnBatch(data)),
        ...trainer.weights().flatMap((one) => [...one.values]),
      ];
    };
    for (const reduction of reductions) {
      const own = await stepOf({ name: 'custom', function: 'squared', reduction });
      assertClose(own, await stepOf({ name: 'meanSquaredError', reduction }), reduction);
    }
  });

  test(`${engine}: a function that no module exports, or that returns another shape, is a sentence`, async () => {
    const base = { ...options(dense), modules: [squaredModule], workers: 1 };
    const lost = Trainer.create(dense.layers, { ...base, loss: { name: 'custom', function: 'pinbal' } });
    await assert.rejects(lost, { code: 'UNKNOWN_FUNCTION', message: /no function pinbal .* export squared, total/ });
    await using trainer = await Trainer.create(dense.layers, { ...base, loss: { name: 'custom', function: 'total' } });
    const error = { code: 'INVALID_FUNCTION', message: /total returned shape \[\] for 11 rows; return a tensor of 11/ };
    await assert.rejects(trainer.trainOnBatch(dataFor(dense, 11)), error);
    const kernels = Trainer.create(dense.layers, {
      ...base,
      engine: 'reference',
      loss: { name: 'custom', function: 'total' },
    });
    await assert.rejects(kernels, { code: 'UNSUPPORTED_LOSS' });
  });

  test(`${engine}: a mask that the loss would not heed is refused`, async () => {
    const sequence = [
      { type: 'Masking', inputShape: [4, 3] },
      { type: 'LSTM', units: 2, returnSequences: true },
    ];
    const error = { code: 'UNSUPPORTED_MODEL', message: /The output of lstm is masked, and its loss would count/ };
    await assert.rejects(Trainer.create(sequence, options(dense)), error);
    await using last = await Trainer.create([...sequence, { type: 'LSTM', units: 2 }], options(dense));
    assert.equal(last.engine, engine);
  });

  test(`${engine}: a batch has a shard a worker unless shards are given`, async () => {
    for (const workers of [1, 2]) {
      await using trainer = await Trainer.create(dense.layers, { ...options(dense), workers });
      assert.equal(trainer.shards, workers);
    }
  });

  test(`${engine}, law 2: resuming after any step changes no bit`, async () => {
    const given = normalized;
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    try {
      await using steady = await Trainer.create(given.layers, { ...options(given), workers: 1, shards: 4 });
      const data = dataFor(given, 13);
      for (let step = 0; step < 4; step++) await steady.trainOnBatch(data);
      await using first = await Trainer.create(given.layers, { ...options(given), workers: 2, shards: 4 });
      let path = '';
      let before = first;
      for (let step = 0; step < 4; step++) {
        await before.trainOnBatch(data);
        path = join(folder, `${step}.ckpt`);
        await before.checkpoint(path);
        if (before !== first) await before.close();
        before = await Trainer.resume(path, { engine, workers: 1 + (step % 3) });
      }
      assert.equal(before.fingerprint(), steady.fingerprint());
      await before.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  describe(`${engine}, law 3: ranks that throw or are terminated change no bit`, () => {
    for (const kind of ['throw', 'terminate'] as const) {
      test(kind, { timeout: 60_000 }, async () => {
        const choices = new Choices(11);
        const plan = new FaultPlan();
        const given = normalized;
        const base = { ...options(given), shards: 4, maxRestarts: 20, heapLimit: 512 };
        await using calm = await Trainer.create(given.layers, { ...base, workers: 1 });
        const faulty = faultyOptions({ ...base, workers: 2 }, plan, new RandomSnapshots(choices));
        await using shaken = await Trainer.create(given.layers, faulty);
        const phases = ['gather', 'forward', 'wait', 'update'] as const;
        plan.arm(phases.map((phase, i) => ({ kind, rank: i % 2, phase, step: 1 + i })));
        assert.deepEqual(await go(shaken, given), await go(calm, given));
        assert.equal(plan.pending, 0);
      });
    }
  });
}

function optionsOf({ loss, metrics }: Case, engine: LayersEngineName): TrainerOptions {
  const optimizer = adam({ learningRate: 0.01, decay: 1e-3, amsgrad: true });
  return { optimizer, loss, metrics, seed: 7, engine };
}

/** Tensors are what TensorFlow.js does not collect by itself. */
function memoryTests(engine: LayersEngineName): void {
  test(`${engine}: a step of any kind leaves no tensor behind`, async () => {
    for (const given of [dropoutCase, normalized]) {
      const rank = await InProcessRank.attach(await inProcessOptions(given, engine));
      const weighted = { ...dataFor(given, 11), sampleWeight: new Float32Array(11).fill(0.5) };
      const counts = [];
      for (let round = 0; round < 3; round++) {
        for (const mode of ['train', 'evaluate', 'predict'] as const) await rank.run(mode, dataFor(given, 11));
        for (const mode of ['train', 'evaluate'] as const) await rank.run(mode, weighted);
        counts.push(tfc.memory().numTensors);
      }
      assert.deepEqual(counts, Array(3).fill(counts[0]), given.title);
    }
  });

  test(`${engine}: a rank that is given another arena leaves nothing of the one before`, async () => {
    const left = [];
    for (let round = 0; round < 3; round++) {
      const { rank } = await InProcessRank.attach(await inProcessOptions(normalized, engine));
      rank.engine.dispose?.();
      left.push([tfc.memory().numTensors, registeredNames?.size]);
    }
    assert.deepEqual(left[2], left[1]);
  });

  test(`${engine}: parameters on a cache line are seen without a copy, others are copied each pass`, async () => {
    const { rank } = await InProcessRank.attach(await inProcessOptions(dense, engine));
    const { program, arena, f32 } = rank;
    const parameters = arena.layout.regions.parameters.byteOffset / 4;
    const { sums } = arena.layout.regions;
    for (const [shift, isAlias] of [
      [0, true],
      [1, engine === 'tfjs'],
    ] as const) {
      const memory: KernelMemory = {
        ...{ f32, f64: new Float64Array(arena.memory), i32: new Int32Array(arena.memory) },
        ...{ parameters: parameters + shift, sums: sums.byteOffset / 8, sumCount: program.sumCount, seed: [1, 0] },
      };
      const model = await openRankModel(program, memory);
      const [{ parameter, variable }] = model.trained;
      const read = (): number => tfc.tidy(() => tfc.add(variable, 0).dataSync()[3]);
      const write = (value: number): void => {
        model.values(parameter)[3] = value;
      };
      write(5);
      model.takeWeights();
      assert.equal(read(), 5);
      write(6);
      assert.equal(read(), isAlias ? 6 : 5, `shifted by ${shift}`);
      model.takeWeights();
      assert.equal(read(), 6);
    }
  });
}

async function inProcessOptions(given: Case, engine: LayersEngineName): Promise<InProcessOptions> {
  const objectivesOf = (outputs: readonly { readonly name: string }[]) =>
    readObjectives(
      optionsOf(given, engine),
      outputs.map(({ name }) => name),
    );
  using model = await readModel(given.layers, []);
  const open = await openModel(model, 'seed', { seed: 7, engine, modules: [], functions: new Map(), objectivesOf });
  return { ...open, engine, optimizer: adam({}), shards: 3, batchSize: 11 };
}

function assertAgree(ours: Awaited<ReturnType<typeof oneStep>>, theirs: typeof ours): void {
  assert.deepEqual(Object.keys(ours.logs), Object.keys(theirs.logs));
  for (const [name, value] of Object.entries(theirs.logs)) assertClose([ours.logs[name]], [value], name);
  theirs.weights.forEach(({ name, values }, i) => {
    assertClose(ours.weights[i].values, values, name);
  });
  assertClose(ours.predictions, theirs.predictions, 'predictions');
}

async function oneStep(given: Case, options: TrainerOptions, rows: Pick<LabelledData, 'sampleWeight'> = {}) {
  await using trainer = await Trainer.create(given.layers, options);
  const data = { ...dataFor(given, 11), ...rows };
  const logs = { ...(await trainer.trainOnBatch(data)) };
  const weights = trainer.weights();
  for (const [name, value] of Object.entries(await trainer.testOnBatch(data))) logs[`test ${name}`] = value;
  return { logs, weights, predictions: (await trainer.predict(data)).values };
}

/** Two epochs, a prediction and an evaluation: everything a run shows. */
async function go(trainer: Trainer, given: Case) {
  const { history } = await trainer.fit(dataFor(given, ROWS), fit);
  const { values } = await trainer.predict(dataFor(given, 11, 2), { batchSize: 4 });
  const logs = await trainer.evaluate(dataFor(given, 19, 3), { batchSize: 8 });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history, predictions: [...values], logs };
}

/** Relative to the largest value expected. */
function assertClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const scale = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
  const worst = Array.from(expected).reduce((error, value, i) => Math.max(error, Math.abs(got[i] - value)), 0);
  assert.equal(got.length, expected.length, what);
  assert.ok(worst / scale < 1e-5, `${what}: relative error ${worst / scale}`);
}
