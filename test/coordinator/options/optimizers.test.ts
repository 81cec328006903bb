import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, sgd } from '../../../src/index.js';

describe('adam() and sgd()', () => {
  test("have Keras's defaults", () => {
    const adamDefaults = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, amsgrad: false };
    assert.deepEqual(adam(), { kind: 'adam', ...adamDefaults });
    assert.deepEqual(sgd(), { kind: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false, decay: 0 });
  });

  test("accept Keras's spellings", () => {
    assert.deepEqual(adam({ lr: 0.1, beta_1: 0.5, beta_2: 0.6 }), adam({ learningRate: 0.1, beta1: 0.5, beta2: 0.6 }));
    assert.deepEqual(sgd({ learning_rate: 2, momentum: 0.9, nesterov: true }).learningRate, 2);
  });

  const table: [string, () => unknown, string, RegExp][] = [
    ['beta1 of 1', () => adam({ beta1: 1 }), 'CONFIG_INVALID', /^adam: beta1 is 1; give a number from 0/],
    [
      'a negative learning rate',
      () => sgd({ lr: -1 }),
      'CONFIG_INVALID',
      /^sgd: lr is -1; give a number of at least 0/,
    ],
    ['NaN', () => adam({ epsilon: Number.NaN }), 'CONFIG_INVALID', /^adam: epsilon is NaN; give a number above 0/],
    ['a text', () => adam({ decay: '0' as never }), 'CONFIG_INVALID', /^adam: decay is "0"/],
    [
      'an unknown option',
      () => sgd({ momentun: 0 } as object),
      'CONFIG_UNKNOWN_KEY',
      /momentun; did you mean momentum\?/,
    ],
    [
      'a form of the rule that there is not',
      () => adam({ epsilonPlacement: 'inside' as never }),
      'CONFIG_INVALID',
      /^adam: epsilonPlacement is "inside"; give one of uncorrected, corrected/,
    ],
    ['one option twice', () => sgd({ lr: 1, learningRate: 1 }), 'CONFIG_DUPLICATE_KEY', /learningRate is given twice/],
  ];
  for (const [what, attempt, code, message] of table) {
    test(`refuse ${what} by name`, () => assert.throws(attempt, { code, message }));
  }
});
