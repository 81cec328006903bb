import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import { type LabelledData, sgd, Trainer } from '../../src/index.js';
import { type Case, dataFor, tfjsCases } from '../helpers/models.js';

/** Law 4: it is the same mathematics as tfjs-layers on its CPU backend. */

const RATE = 0.5;

/** A tfjs model of the case with the trainer's weights, and the data as tensors. */
function tfjsTwin(given: Case, { x, y }: LabelledData, trainer: Trainer) {
  const { model } = modelFromLayers(given.layers, 'twin');
  const ours = trainer.weights();
  model.weights.forEach((weight, i) => {
    weight.write(tfc.tensor(ours[i].values, [...ours[i].shape]));
  });
  const inputs = x as { values: Float32Array; shape: number[] };
  const xs = tfc.tensor(inputs.values, inputs.shape);
  const targets = y as Float32Array | Int32Array | { values: Float32Array; shape: number[] };
  const ys =
    'values' in targets && 'shape' in targets
      ? tfc.tensor(targets.values as Float32Array, targets.shape as number[])
      : tfc.tensor(Float32Array.from(targets as Float32Array), [(targets as Float32Array).length, 1]);
  return { model, xs, ys };
}

/** The weights after some steps of plain SGD by tfjs-layers, the whole batch in one piece. */
async function tfjsSteps(given: Case, model: tfl.LayersModel, xs: tfc.Tensor, ys: tfc.Tensor, steps: number) {
  model.compile({ optimizer: tfc.train.sgd(RATE), loss: given.loss });
  for (let step = 0; step < steps; step++) await model.trainOnBatch(xs, ys);
  return model.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
}

/** Largest difference of two vectors over the largest value of the second. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0) / (scale || 1);
}

describe('Law 4: one step is the gradient of the whole batch, as tfjs-layers computes it', () => {
  for (const given of tfjsCases) {
    test(`${given.title}: gradients agree within 1e-5`, async () => {
      const data = dataFor(given, 29);
      await using trainer = await Trainer.create(given.layers, {
        optimizer: sgd({ learningRate: RATE }),
        loss: given.loss,
        workers: 3,
      });
      const { model, xs, ys } = tfjsTwin(given, data, trainer);
      const before = trainer.weights();
      await trainer.trainOnBatch(data);
      const after = trainer.weights();
      const expected = await tfjsSteps(given, model, xs, ys, 1);
      before.forEach(({ name, values }, i) => {
        const gradient = values.map((value, j) => (value - after[i].values[j]) / RATE);
        const tfjsGradient = values.map((value, j) => (value - expected[i][j]) / RATE);
        const error = relativeError(gradient, tfjsGradient);
        assert.ok(error < 1e-5, `${name}: relative error ${error}`);
      });
    });

    test(`${given.title}: weights agree within 1e-4 after 50 steps of SGD`, async () => {
      const data = dataFor(given, 16);
      await using trainer = await Trainer.create(given.layers, {
        optimizer: sgd({ learningRate: RATE }),
        loss: given.loss,
        workers: 2,
      });
      const { model, xs, ys } = tfjsTwin(given, data, trainer);
      for (let step = 0; step < 50; step++) await trainer.trainOnBatch(data);
      const expected = await tfjsSteps(given, model, xs, ys, 50);
      trainer.weights().forEach(({ name, values }, i) => {
        const error = relativeError(values, expected[i]);
        assert.ok(error < 1e-4, `${name}: relative error ${error}`);
      });
    });
  }
});
