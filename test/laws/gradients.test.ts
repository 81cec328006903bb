import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import {
  adam,
  adamW,
  type Gradients,
  type LabelledData,
  type OptimizerSpec,
  rmsprop,
  schedules,
  sgd,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';
import type { Phase } from '../../src/shared/memory/control.js';
import type { FaultKind } from '../../src/shared/protocol/faults.js';
import { tfc } from '../../src/shared/tfjs/tfjs.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../helpers/faults.js';
import { graphCases, graphData } from '../helpers/graphs.js';
import { type Case, cases, dataFor, dropoutCase } from '../helpers/models.js';

/** The laws for loops of one's own: gradients, and updates with them. */

const normalized = cases.find(({ layers }) => layers.some(({ type }) => type === 'BatchNormalization')) as Case;
const subjects = [cases[0], dropoutCase, normalized];
const STEPS = 4;
const ROWS = 21;

const optimizers: Readonly<Record<string, OptimizerSpec>> = {
  'sgd with decay of the rate': sgd({ learningRate: 0.1, momentum: 0.9, decay: 0.1 }),
  'adam, clipped, on a schedule': adam({ clipnorm: 0.05, schedule: schedules.cosineDecay({ decaySteps: 5 }) }),
  'adamW, clipped as a whole, averaged': adamW({ globalClipnorm: 0.1, useEma: true, excludeFromWeightDecay: ['bias'] }),
  'rmsprop, clipped by value, accumulating': rmsprop({ clipvalue: 0.01, gradientAccumulationSteps: 2 }),
};

function create(given: Case, optimizer: OptimizerSpec, more: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const { loss, metrics } = given;
  return Trainer.create(given.layers, { optimizer, loss, metrics, seed: 5, ...more });
}

const batchOf = (given: Case, step: number): LabelledData => {
  const sampleWeight = Float32Array.from({ length: ROWS }, (_, row) => (row % 5) / 2);
  return { ...dataFor(given, ROWS, step), ...(step % 2 === 1 && { sampleWeight }) };
};

async function goByHalves(trainer: Trainer, given: Case, from = 0, to = STEPS): Promise<void> {
  for (let step = from; step < to; step++) {
    await trainer.applyGradients(await trainer.gradients(batchOf(given, step)));
  }
}

describe('Gradients and an update with them are one step, bit for bit:', () => {
  for (const given of subjects) {
    for (const [title, optimizer] of Object.entries(optimizers)) {
      test(`${given.title}, ${title}`, async () => {
        await using whole = await create(given, optimizer, { workers: 2 });
        for (let step = 0; step < STEPS; step++) await whole.trainOnBatch(batchOf(given, step));
        for (const workers of [1, 3, 8]) {
          await using halves = await create(given, optimizer, { workers });
          await goByHalves(halves, given);
          assert.deepEqual([halves.fingerprint(), halves.step], [whole.fingerprint(), STEPS], `${workers} workers`);
        }
      });
    }
  }

  const penalized: Case = {
    ...cases[0],
    title: 'weights with penalties and constraints',
    layers: [
      { type: 'Dense', units: 13, kernelRegularizer: 'l1l2', kernelConstraint: 'maxNorm', inputShape: [7] },
      { type: 'Dense', units: 3, biasRegularizer: 'l2' },
    ],
  };
  for (const engine of ['native', 'reference', 'tfjs'] as const) {
    test(`${penalized.title}, ${engine}`, async (t) => {
      const open = () => create(penalized, optimizers['adamW, clipped as a whole, averaged'], { workers: 2, engine });
      const opened = await open().catch((error) => (error.code === 'NATIVE_MISSING' ? null : Promise.reject(error)));
      if (opened === null) return t.skip('there are no native kernels here');
      await using whole = opened;
      await using halves = await open();
      for (let step = 0; step < STEPS; step++) await whole.trainOnBatch(batchOf(penalized, step));
      await goByHalves(halves, penalized);
      assert.equal(halves.fingerprint(), whole.fingerprint());
    });
  }
});

describe('The same for layers that are called several times, and for trainers that share them:', () => {
  for (const given of graphCases) {
    test(given.title, async () => {
      const options = { optimizer: optimizers['adam, clipped, on a schedule'], loss: given.loss, seed: 5 };
      await using whole = await Trainer.create(given.model, { ...options, workers: 2 });
      await using halves = await Trainer.create(given.model, { ...options, workers: 3 });
      for (let step = 0; step < STEPS; step++) {
        await whole.trainOnBatch(graphData(given, ROWS, step));
        await halves.applyGradients(await halves.gradients(graphData(given, ROWS, step)));
      }
      assert.equal(halves.fingerprint(), whole.fingerprint());
    });
  }

  test('the averages that one moves are the other one’s too', async () => {
    const options = { workers: 2 };
    const outcomes = [];
    for (const byHalves of [false, true]) {
      await using first = await create(normalized, sgd(), options);
      await using second = await create(normalized, adam(), { shareWith: first });
      for (let step = 0; step < STEPS; step++) {
        const trainer = step % 2 === 0 ? first : second;
        if (byHalves) await goByHalves(trainer, normalized, step, step + 1);
        else await trainer.trainOnBatch(batchOf(normalized, step));
      }
      outcomes.push([first.fingerprint(), second.fingerprint()]);
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
  });
});

test('Gradients change no trained weight, no moment and no step, and are the same when they are asked for again', async () => {
  await using trainer = await create(dropoutCase, adam(), { workers: 3 });
  await trainer.trainOnBatch(batchOf(dropoutCase, 0));
  const before = trainer.fingerprint();
  const first = await trainer.gradients(batchOf(dropoutCase, 1));
  const second = await trainer.gradients(batchOf(dropoutCase, 1));
  assert.deepEqual(second, first);
  assert.deepEqual([trainer.fingerprint(), trainer.step], [before, 1]);
});

test('Gradients are those of the mean loss as TensorFlow.js has them, within 1e-6', async () => {
  const [given] = cases;
  await using trainer = await create(given, sgd(), { workers: 2 });
  const data = dataFor(given, ROWS);
  const gradients = await trainer.gradients(data);
  const { model } = modelFromLayers(given.layers, 'twin');
  const ours = trainer.weights();
  model.setWeights(ours.map(({ values, shape }) => tfc.tensor(values, [...shape])));
  const xs = tfc.tensor(data.x.values, data.x.shape);
  const { values, shape } = data.y as { values: Float32Array; shape: number[] };
  const loss = () => tfc.losses.meanSquaredError(tfc.tensor(values, shape), model.apply(xs) as never) as tfc.Scalar;
  const { grads } = tfc.variableGrads(loss);
  const theirs = model.trainableWeights.map((weight) => grads[weight.name].dataSync());
  assert.deepEqual(
    Object.keys(gradients),
    ours.map(({ name }) => name),
  );
  Object.values(gradients).forEach((gradient, i) => {
    assert.deepEqual(gradient.shape, ours[i].shape);
    gradient.values.forEach((value, e) => {
      assert.ok(Math.abs(value - theirs[i][e]) < 1e-6, `${value}, expected ${theirs[i][e]}`);
    });
  });
});

/** Σ scale · gradients. */
function sumOf(parts: readonly Gradients[], scale: number): Record<string, Float32Array> {
  const names = Object.keys(parts[0]);
  return Object.fromEntries(
    names.map((name) => [
      name,
      parts[0][name].values.map((_, e) => scale * parts.reduce((sum, part) => sum + part[name].values[e], 0)),
    ]),
  );
}

test('Gradients added up over calls and scaled are those of all rows, and update like them', async () => {
  const [given] = cases;
  const { x, y } = dataFor(given, 24) as { x: { values: Float32Array }; y: { values: Float32Array } };
  const rows = (from: number, to: number): LabelledData => ({
    x: x.values.slice(7 * from, 7 * to),
    y: y.values.slice(3 * from, 3 * to),
  });
  await using whole = await create(given, adam(), { workers: 1 });
  await using parts = await create(given, adam(), { workers: 2 });
  await whole.trainOnBatch(rows(0, 24));
  const found = [];
  for (let part = 0; part < 3; part++) found.push(await parts.gradients(rows(8 * part, 8 * part + 8)));
  await parts.applyGradients(sumOf(found, 1 / 3));
  assert.equal(parts.step, 1);
  const expected = whole.weights();
  parts.weights().forEach(({ name, values }, i) => {
    values.forEach((value, e) => {
      assert.ok(Math.abs(value - expected[i].values[e]) < 1e-5, `${name}: ${value}, ${expected[i].values[e]}`);
    });
  });
});

test('Law 2: gradients that are applied after a checkpoint was taken and resumed lead to the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    const optimizer = optimizers['rmsprop, clipped by value, accumulating'];
    await using trainer = await create(normalized, optimizer, { workers: 2 });
    await goByHalves(trainer, normalized, 0, 1);
    const gradients = await trainer.gradients(batchOf(normalized, 1));
    const path = join(folder, 'between.ckpt');
    await trainer.checkpoint(path);
    await using resumed = await Trainer.resume(path, { workers: 3 });
    for (const one of [trainer, resumed]) {
      await one.applyGradients(gradients);
      await goByHalves(one, normalized, 2);
    }
    assert.deepEqual([resumed.fingerprint(), resumed.step], [trainer.fingerprint(), STEPS]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('Law 3: gradients and updates with them have the same bits whatever happens to the ranks,', () => {
  const phases: readonly Phase[] = ['gather', 'forward', 'backward', 'wait', 'reduce', 'update', 'snapshot'];
  const kinds: readonly FaultKind[] = ['throw', 'exit', 'terminate'];
  for (const [number, given] of [cases[0], normalized].entries()) {
    for (const kind of kinds) {
      test(`${given.title}: ${kind}`, { timeout: 60_000 }, async () => {
        const choices = new Choices(40 + number);
        const plan = new FaultPlan();
        const options = { maxRestarts: 20, onEvent: () => {} };
        const { loss, metrics } = given;
        // Without clipping by length nothing keeps a rank from its update while another fails.
        const optimizer = optimizers['sgd with decay of the rate'];
        const shakenOptions = { optimizer, loss, metrics, seed: 5, workers: 3, ...options };
        await using calm = await create(given, optimizer, { workers: 1 });
        await using shaken = await Trainer.create(
          given.layers,
          faultyOptions(shakenOptions, plan, new RandomSnapshots(choices)),
        );
        let happened = 0;
        for (let step = 0; step < 9; step++) {
          const faults = Array.from({ length: 2 }, (_, i) => {
            const phase = phases[(2 * step + i) % phases.length];
            return { kind, rank: choices.below(3), phase, ...(phase !== 'snapshot' && { step }) };
          });
          plan.arm(faults);
          await goByHalves(shaken, given, step, step + 1);
          await goByHalves(calm, given, step, step + 1);
          happened += faults.length - plan.pending;
          assert.equal(shaken.fingerprint(), calm.fingerprint(), JSON.stringify({ step, faults }));
        }
        assert.ok(happened > 9, `${happened} faults`);
      });
    }
  }
});

describe('Gradients that cannot be applied are refused, and nothing changes:', () => {
  const [given] = cases;
  const spoil = (gradients: Gradients, change: (copy: Record<string, unknown>, first: string) => void): never => {
    const copy: Record<string, unknown> = { ...gradients };
    change(copy, Object.keys(gradients)[0]);
    return copy as never;
  };
  const refused: Readonly<Record<string, [(copy: Record<string, unknown>, first: string) => void, object]>> = {
    'a weight without one': [
      (copy, first) => delete copy[first],
      { code: 'INVALID_DATA', message: /^gradients lacks dense.*kernel; give/ },
    ],
    'one without a weight': [
      (copy) => Object.assign(copy, { kernal: Float32Array.of(1) }),
      { code: 'INVALID_DATA', message: /^gradients has kernal, which the model has not/ },
    ],
    'another shape': [
      (copy, first) => Object.assign(copy, { [first]: { values: new Float32Array(91), shape: [13, 7] } }),
      { code: 'SHAPE_MISMATCH', message: /kernel has shape \[13, 7\], but the weight has \[7, 13\]/ },
    ],
    'too few numbers': [
      (copy, first) => Object.assign(copy, { [first]: new Float32Array(90) }),
      { code: 'SHAPE_MISMATCH', message: /kernel has shape/ },
    ],
    NaN: [
      (copy, first) => Object.assign(copy, { [first]: new Float32Array(91).fill(Number.NaN, 3) }),
      { code: 'NON_FINITE_DATA', message: /kernel has NaN at position 3/ },
    ],
    'a number beyond float32': [
      (copy, first) => Object.assign(copy, { [first]: new Float64Array(91).fill(1e39) }),
      { code: 'NON_FINITE_DATA', message: /kernel has 1e\+39 at position 0/ },
    ],
    'a weight that would not be finite': [
      (copy, first) => Object.assign(copy, { [first]: new Float32Array(91).fill(3e38) }),
      { code: 'NON_FINITE_LOSS', message: /the update was undone/ },
    ],
  };
  for (const [title, [change, error]] of Object.entries(refused)) {
    test(title, async () => {
      await using trainer = await create(given, sgd({ learningRate: 10 }), { workers: 2 });
      const gradients = await trainer.gradients(batchOf(given, 0));
      const before = trainer.fingerprint();
      await assert.rejects(trainer.applyGradients(spoil(gradients, change)), error);
      assert.deepEqual([trainer.fingerprint(), trainer.step], [before, 0]);
      await trainer.applyGradients(gradients);
      assert.equal(trainer.step, 1);
    });
  }
});
