import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lower } from '../../../../src/coordinator/compiler/lower/index.js';
import { describeModel } from '../../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../../src/coordinator/models/fromLayers.js';
import type { Objective } from '../../../../src/coordinator/options/objectives.js';
import { readObjectives } from '../../../../src/coordinator/options/objectives.js';
import type { LayerConfig, LossName, MetricName } from '../../../../src/index.js';
import type { StageName } from '../../../../src/shared/program/program.js';

function objectiveOf(loss: LossName, ...metrics: MetricName[]): readonly Objective[] {
  return readObjectives({ loss, metrics }, ['out']);
}

const sparse = objectiveOf('sparseCategoricalCrossentropy');

function kernelsOf(layers: readonly LayerConfig[], objective: readonly Objective[], stage: StageName): string[] {
  return lower(describeModel(modelFromLayers(layers, 'm').model), objective)
    .stages[stage].flat()
    .map((call) => call.kernel);
}

describe('Lowering merges neighbours', () => {
  const classifier: LayerConfig[] = [
    { type: 'Conv2D', filters: 2, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] },
    { type: 'MaxPooling2D' },
    { type: 'Flatten' },
    { type: 'Dense', units: 3, activation: 'softmax' },
  ];

  test('softmax and categorical cross-entropy become one kernel, in training and in evaluation', () => {
    const forward = ['conv2dForward', 'maxPool2dForward', 'denseForward', 'weightSums', 'softmaxCrossEntropy'];
    assert.deepEqual(kernelsOf(classifier, sparse, 'forward'), forward);
    assert.deepEqual(kernelsOf(classifier, sparse, 'evaluation'), forward);
  });

  test('prediction keeps the softmax', () => {
    assert.equal(kernelsOf(classifier, sparse, 'prediction').at(-1), 'softmaxForward');
  });

  test("an activation's derivative becomes the last act of the kernel before it", () => {
    const backward = ['denseWeightGradient', 'denseInputGradient', 'maxPool2dBackward', 'conv2dWeightGradient'];
    assert.deepEqual(kernelsOf(classifier, sparse, 'backward'), backward);
  });

  test('a softmax that something else reads stays', () => {
    const layers: LayerConfig[] = [
      { type: 'Dense', units: 4, activation: 'softmax', inputShape: [3] },
      { type: 'Dense', units: 4, activation: 'sigmoid' },
    ];
    const forward = kernelsOf(layers, objectiveOf('categoricalCrossentropy'), 'forward');
    assert.deepEqual(forward, [
      'denseForward',
      'softmaxForward',
      'denseForward',
      'weightSums',
      'categoricalCrossentropy',
    ]);
  });

  test('a loss without its usual activation is computed from the predictions', () => {
    const layers: LayerConfig[] = [{ type: 'Dense', units: 1, activation: 'tanh', inputShape: [3] }];
    const forward = kernelsOf(layers, objectiveOf('binaryCrossentropy', 'accuracy'), 'forward');
    assert.deepEqual(forward, ['denseForward', 'weightSums', 'elementLoss', 'binaryAccuracy']);
  });

  test('dropout stands between an activation and its derivative', () => {
    const layers: LayerConfig[] = [
      { type: 'Dense', units: 4, activation: 'relu', inputShape: [3] },
      { type: 'Dropout', rate: 0.5 },
      { type: 'Dense', units: 1 },
    ];
    const objective = objectiveOf('meanSquaredError');
    assert.deepEqual(kernelsOf(layers, objective, 'backward'), [
      'denseWeightGradient',
      'denseInputGradient',
      'dropout',
      'activationBackward',
      'denseWeightGradient',
    ]);
    assert.ok(!kernelsOf(layers, objective, 'prediction').includes('dropout'));
  });

  test('a first layer that is not trained gets no gradient', () => {
    const layers: LayerConfig[] = [
      { type: 'MaxPooling2D', inputShape: [4, 4, 1] },
      { type: 'Flatten' },
      { type: 'Activation', activation: 'tanh' },
      { type: 'Dense', units: 1 },
    ];
    assert.deepEqual(kernelsOf(layers, objectiveOf('meanSquaredError'), 'backward'), ['denseWeightGradient']);
  });
});
