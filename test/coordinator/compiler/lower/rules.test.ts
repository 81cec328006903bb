import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lower } from '../../../../src/coordinator/compiler/lower/index.js';
import { networkProgram } from '../../../../src/coordinator/compiler/lower/network.js';
import { describeModel } from '../../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../../src/coordinator/models/fromLayers.js';
import { withInitializersOf } from '../../../../src/coordinator/models/initializers.js';
import { readObjectives } from '../../../../src/coordinator/options/objectives.js';
import type { LayerConfig } from '../../../../src/index.js';
import type { Program } from '../../../../src/shared/program/program.js';

const objectives = readObjectives({ loss: 'meanSquaredError' }, ['out']);

function descriptionOf(layers: readonly LayerConfig[]) {
  const { model, topology } = modelFromLayers(layers, 'm');
  return withInitializersOf(topology, describeModel(model));
}

const programOf = (layers: readonly LayerConfig[]): Program => lower(descriptionOf(layers), objectives);

/** The rules of each weight by the last part of its name. */
function rulesOf({ parameters }: Program) {
  return parameters.map(({ name, penalty, constraint }) => [name.replace(/^.*\//, ''), penalty, constraint?.kind]);
}

const l2 = { className: 'L2', config: { l2: 0.5 } };

describe('Regularizers and constraints of a wrapped layer', () => {
  test('hold for the weights of a TimeDistributed, also of one within another', () => {
    const layer = { type: 'Dense', units: 2, kernelRegularizer: l2, biasConstraint: 'nonNeg' };
    const expected = [
      ['kernel', { l1: 0, l2: 0.5 }, undefined],
      ['bias', undefined, 'nonNegative'],
    ];
    const once = programOf([{ type: 'TimeDistributed', layer, inputShape: [4, 3] }]);
    assert.deepEqual(rulesOf(once), expected);
    const twice = { type: 'TimeDistributed', layer: { type: 'TimeDistributed', layer }, inputShape: [5, 4, 3] };
    assert.deepEqual(rulesOf(programOf([twice])), expected);
  });

  test('hold for both directions of a Bidirectional', () => {
    const layer = { type: 'GRU', units: 2, recurrentRegularizer: l2, kernelConstraint: 'maxNorm', useBias: false };
    const direction = [
      ['kernel', undefined, 'norm'],
      ['recurrent_kernel', { l1: 0, l2: 0.5 }, undefined],
    ];
    const program = programOf([{ type: 'Bidirectional', layer, inputShape: [4, 3] }]);
    assert.deepEqual(rulesOf(program), [...direction, ...direction]);
  });

  test('are passed over where a layer does without the weight, as Keras serialises them all the same', () => {
    const layers: readonly [LayerConfig, readonly string[]][] = [
      [{ type: 'Dense', units: 2, useBias: false, biasRegularizer: l2, inputShape: [3] }, ['kernel']],
      [{ type: 'BatchNormalization', center: false, betaConstraint: 'nonNeg', inputShape: [3] }, ['gamma']],
      [{ type: 'BatchNormalization', scale: false, gammaRegularizer: l2, inputShape: [3] }, ['beta']],
    ];
    for (const [layer, weights] of layers) {
      const expected = weights.map((name) => [name, undefined, undefined]);
      assert.deepEqual(rulesOf(programOf([layer])), expected, JSON.stringify(layer));
    }
    const lstm = { type: 'LSTM', units: 2, useBias: false, biasRegularizer: l2 };
    assert.equal(programOf([{ type: 'Bidirectional', layer: lstm, inputShape: [4, 3] }]).parameters.length, 4);
  });

  test('are refused where nothing would heed them', () => {
    const layer = { type: 'Dense', units: 2, activityRegularizer: l2 };
    assert.throws(() => programOf([{ type: 'TimeDistributed', layer, inputShape: [4, 3] }]), {
      code: 'UNSUPPORTED_ARGUMENT',
      message: /has within it activityRegularizer, which does not lower to kernels; leave it out/,
    });
  });
});

describe('An activityRegularizer', () => {
  const layers = [
    { type: 'Dense', units: 2, activityRegularizer: l2, inputShape: [3] },
    { type: 'Dense', units: 2 },
  ];
  const kernelsOf = ({ stages }: Program, stage: 'forward' | 'evaluation' | 'prediction') =>
    stages[stage].flat().filter(({ kernel }) => kernel === 'elementLoss');

  test('is a loss of what the layer puts out, in training and evaluation but not in prediction', () => {
    const program = programOf(layers);
    const counts = (['forward', 'evaluation', 'prediction'] as const).map((stage) => kernelsOf(program, stage).length);
    assert.deepEqual(counts, [2, 2, 0]);
    assert.equal(program.lossSums.length, 2);
  });

  test('costs nothing where it is 0', () => {
    const none = [{ ...layers[0], activityRegularizer: { className: 'L2', config: { l2: 0 } } }, layers[1]];
    assert.equal(kernelsOf(programOf(none), 'forward').length, 1);
  });

  test('is refused where TensorFlow.js computes the model', () => {
    const network = () => networkProgram(descriptionOf(layers), objectives, { topology: {}, modules: [] });
    assert.throws(network, { code: 'UNSUPPORTED_ARGUMENT', message: /TensorFlow\.js does not compute; use engine/ });
  });
});

test('a BatchNormalization that is trained on masked steps is refused, a frozen one is not', () => {
  const masked = (trainable: boolean) => [
    { type: 'Masking', inputShape: [4, 3] },
    { type: 'BatchNormalization', trainable },
    { type: 'LSTM', units: 2 },
  ];
  assert.throws(() => programOf(masked(true)), {
    code: 'UNSUPPORTED_MASK',
    message: /BatchNormalization of a masked sequence.*use LayerNormalization, or end the mask before it/,
  });
  assert.equal(programOf(masked(false)).states.length, 4);
});

test('a LayerNormalization over the batch is refused', () => {
  const layer = { type: 'LayerNormalization', axis: 0, center: false, scale: false, inputShape: [4, 3] };
  assert.throws(() => programOf([layer]), {
    code: 'UNSUPPORTED_ARGUMENT',
    message: /has axis \[?0\]?, but normalizes within rows; give different axes from 1 to 2, or from −2 to −1/,
  });
});
