import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type * as tfc from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { adam, Trainer } from '../../src/index.js';

/** TensorFlow.js on some backend, with handlers that save to a folder and load from one. */
export interface OtherProgram {
  readonly tf: typeof tfc & Pick<typeof tfl, 'initializers' | 'input' | 'layers' | 'model'>;
  save(model: LayersModel, folder: string): Promise<unknown>;
  load(folder: string): Promise<LayersModel>;
}

type Optimizer = tfc.Optimizer;

interface OptimizerCase {
  readonly make: (train: typeof tfc.train) => Optimizer;
}

const ROUNDING = 2e-6;

const optimizers: Readonly<Record<string, OptimizerCase>> = {
  SGD: { make: (train) => train.sgd(0.1) },
  Momentum: { make: (train) => train.momentum(0.1, 0.9) },
  'Momentum of Nesterov': { make: (train) => train.momentum(0.1, 0.8, true) },
  'Momentum of 0': { make: (train) => train.momentum(0.1, 0) },
  RMSProp: { make: (train) => train.rmsprop(0.01, 0.8) },
  'RMSProp with momentum': { make: (train) => train.rmsprop(0.01, 0.9, 0.5) },
  'RMSProp, centered': { make: (train) => train.rmsprop(0.01, 0.9, 0.5, 1e-9, true) },
  Adagrad: { make: (train) => train.adagrad(0.1) },
  Adadelta: { make: (train) => train.adadelta(0.5, 0.9, 1e-4) },
  Adam: { make: (train) => train.adam(0.01) },
  'Adam with a large epsilon': { make: (train) => train.adam(0.01, 0.9, 0.999, 1e-2) },
};

const STEPS = 3;
const ROWS = 8;
const x = Float32Array.from({ length: ROWS * 5 }, (_, i) => Math.sin(3 * i + 1));
const y = Float32Array.from({ length: ROWS * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));

/** That a training goes from TensorFlow.js to Lockstep and back by way of files. */
export function interchangeTests(name: string, { tf, save, load }: OtherProgram): void {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  after(() => rm(folder, { recursive: true, force: true }));
  let count = 0;
  const newFolder = (): string => join(folder, `${count++}`);

  /** A graph in which the order of the layers is not that of their calls, with a frozen layer. */
  function build(optimizer: Optimizer): LayersModel {
    let seed = 1;
    const dense = (units: number, args: object = {}) =>
      tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: seed++ }), ...args });
    const inputs = tf.input({ shape: [5] });
    const long = dense(6, { activation: 'tanh' }).apply(inputs);
    const frozen = dense(6, { trainable: false }).apply(long);
    const deep = dense(4).apply(frozen) as tfl.SymbolicTensor;
    const short = dense(4, { useBias: false }).apply(inputs) as tfl.SymbolicTensor;
    const outputs = dense(3, { activation: 'softmax' }).apply(tf.layers.add().apply([short, deep]));
    const model = tf.model({ inputs, outputs: outputs as tfl.SymbolicTensor });
    model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  }

  async function fitTheirs(model: LayersModel, steps: number): Promise<void> {
    const [inputs, targets] = [tf.tensor(x, [ROWS, 5]), tf.tensor(y, [ROWS, 3])];
    await model.fit(inputs, targets, { epochs: steps, batchSize: ROWS, shuffle: false, verbose: 0 });
    tf.dispose([inputs, targets]);
  }

  async function fitOurs(trainer: Trainer, steps: number): Promise<void> {
    await trainer.fit({ x, y: { values: y, shape: [ROWS, 3] } }, { epochs: steps, batchSize: ROWS, shuffle: false });
  }

  const weightsOf = (model: LayersModel): Map<string, Float32Array> =>
    new Map(model.weights.map((weight) => [weight.originalName, weight.read().dataSync() as Float32Array]));

  function assertNear(trainer: Trainer, model: LayersModel): void {
    const theirs = weightsOf(model);
    for (const { name: weight, values } of trainer.weights()) {
      const expected = theirs.get(weight) as Float32Array;
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      assert.ok(worst < ROUNDING, `${weight} differs by ${worst}`);
    }
  }

  /** The optimizer's entries of a saved model, in their order, with what they hold. */
  async function storedOptimizer(path: string) {
    const { weightsManifest } = JSON.parse(await readFile(join(path, 'model.json'), 'utf8'));
    const bytes = await readFile(join(path, 'weights.bin'));
    let end = 0;
    return (weightsManifest[0].weights as { name: string; shape: number[]; group?: string }[]).flatMap((entry) => {
      const begin = end;
      end += 4 * entry.shape.reduce((size, length) => size * length, 1);
      return entry.group === 'optimizer' ? [{ ...entry, bytes: bytes.subarray(begin, end).toString('hex') }] : [];
    });
  }

  describe(`${name}: a training goes on here and back, with`, () => {
    for (const [title, { make }] of Object.entries(optimizers)) {
      test(title, async () => {
        const model = build(make(tf.train));
        await fitTheirs(model, STEPS);
        const path = newFolder();
        await save(model, path);

        await using trainer = await Trainer.create(path, { engine: 'reference', workers: 1 });
        assert.equal(trainer.step, STEPS);
        const ours = newFolder();
        await trainer.save(ours, { includeOptimizer: true });
        await using again = await Trainer.create(ours, { engine: 'reference', workers: 1 });
        assert.equal(again.step, STEPS);
        assert.equal(again.fingerprint(), trainer.fingerprint());
        const [before, after] = [await storedOptimizer(path), await storedOptimizer(ours)];
        // Without momentum this vector is kept there, but not here.
        const isIdle = ({ name: vector }: { name: string }) =>
          ['RMSProp', 'Momentum of 0'].includes(title) && vector.endsWith('/momentum');
        assert.deepEqual(
          after.filter((entry) => !isIdle(entry)).map(({ bytes, shape }) => ({ bytes, shape })),
          before.filter((entry) => !isIdle(entry)).map(({ bytes, shape }) => ({ bytes, shape })),
        );
        assert.ok(before.length >= 1);
        await fitOurs(trainer, STEPS);
        await fitTheirs(model, STEPS);
        assertNear(trainer, model);

        const back = newFolder();
        await trainer.save(back, { includeOptimizer: true });
        const theirs = await load(back);
        await fitTheirs(theirs, STEPS);
        await fitOurs(trainer, STEPS);
        assertNear(trainer, theirs);
        assert.equal(theirs.optimizer.iterations, 3 * STEPS);
      });
    }
  });

  test(`${name}: a model that stands compiled in memory goes on with its optimizer, its loss and its metrics`, async () => {
    const model = build(tf.train.adam(0.01));
    await fitTheirs(model, STEPS);
    const left = tf.memory().numTensors;
    await using trainer = await Trainer.create(model, { engine: 'reference', workers: 1 });
    assert.equal(tf.memory().numTensors, left);
    assert.equal(trainer.step, STEPS);
    const logs = await trainer.trainOnBatch({ x, y: { values: y, shape: [ROWS, 3] } });
    assert.deepEqual(Object.keys(logs), ['loss', 'accuracy']);
    await fitTheirs(model, 1);
    assertNear(trainer, model);
  });

  test(`${name}: an optimizer that is given begins anew, and so do weights that are drawn`, async () => {
    const model = build(tf.train.adam(0.01));
    await fitTheirs(model, STEPS);
    const path = newFolder();
    await save(model, path);
    const base = { engine: 'reference', workers: 1 } as const;
    await using given = await Trainer.create(path, { ...base, optimizer: adam({ learningRate: 0.01 }) });
    await using drawn = await Trainer.create(path, { ...base, initialWeights: 'seed' });
    assert.deepEqual([given.step, drawn.step], [0, 0]);
    assertNear(given, model);
    await using goesOn = await Trainer.create(path, base);
    assert.notEqual(goesOn.fingerprint(), given.fingerprint());
  });

  describe(`${name}: what does not fit is a sentence:`, () => {
    const spoil = async (change: (json: ModelJson) => void): Promise<string> => {
      const model = build(tf.train.adam(0.01));
      await fitTheirs(model, 1);
      const path = newFolder();
      await save(model, path);
      const file = join(path, 'model.json');
      const json = JSON.parse(await readFile(file, 'utf8')) as ModelJson;
      change(json);
      await writeFile(file, JSON.stringify(json));
      return path;
    };
    const damages: Readonly<Record<string, [(json: ModelJson) => void, RegExp]>> = {
      'vectors for fewer weights': [
        (json) => {
          json.modelTopology = JSON.parse(
            JSON.stringify(json.modelTopology).replace('"trainable":false', '"trainable":true'),
          );
        },
        /are 14 vectors, where adam keeps 2 for each of 9 trained weights/,
      ],
      'a vector of another shape': [
        ({ weightsManifest: [{ weights }] }) => {
          const vector = weights.find(({ shape, group }) => group === 'optimizer' && shape.length === 2);
          vector?.shape.reverse();
        },
        /hold dense.*\/m of shape \[6, 5\] for weight .* of shape \[5, 6\]; save the model again/,
      ],
      'no count of updates': [
        ({ weightsManifest: [{ weights }] }) => {
          const count = weights.find(({ name: entry }) => entry === 'iter');
          if (count !== undefined) count.name = 'kernel';
        },
        /begin with kernel of shape \[\], not with iter/,
      ],
      'a class of optimizers that there is not': [
        ({ trainingConfig }) => {
          trainingConfig.optimizer_config.class_name = 'Ftrl';
        },
        /has the optimizer "Ftrl", which is none of SGD, Momentum, RMSProp/,
      ],
      'a rate that is no number': [
        ({ trainingConfig }) => {
          trainingConfig.optimizer_config.config.learningRate = 'fast';
        },
        /learningRate is "fast"; give a number/,
      ],
      'a loss that is no name': [
        ({ trainingConfig }) => {
          trainingConfig.loss = 5;
        },
        /has a loss that is neither a name of one nor a function \(5\); give the option loss/,
      ],
      'a loss that there is not': [
        ({ trainingConfig }) => {
          trainingConfig.loss = 'wasserstein';
        },
        /The loss is "wasserstein", which Lockstep does not know/,
      ],
      'metrics that are no names': [
        ({ trainingConfig }) => {
          trainingConfig.metrics = [7];
        },
        /has metrics that are neither names of any nor functions \(\[7\]\); give the option metrics/,
      ],
    };
    for (const [title, [change, message]] of Object.entries(damages)) {
      test(title, async () => {
        await assert.rejects(Trainer.create(await spoil(change), { engine: 'reference' }), { message });
      });
    }
  });
}

interface ModelJson {
  modelTopology: unknown;
  readonly weightsManifest: { readonly weights: { name: string; shape: number[]; group?: string }[] }[];
  readonly trainingConfig: {
    loss: unknown;
    metrics: unknown;
    readonly optimizer_config: { class_name: string; readonly config: Record<string, unknown> };
  };
}
