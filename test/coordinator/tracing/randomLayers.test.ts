import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerAgreementOf } from '../../helpers/layerAgreement.js';

// Those of the first two read one weight of two, or none; `npm run survey:traced -- 300 0` tries many.
const seeds = [18, 25, 1, 5, 16];

test('Random layers of one or two weights become kernels, with the gradients of TensorFlow.js and the same bits on 1, 2, 5 and 13 ranks', async (t) => {
  for (const seed of seeds) {
    const { text, agreement } = await layerAgreementOf(seed);
    assert.ok(typeof agreement !== 'string', `seed ${seed}: ${text}: ${agreement}`);
    t.diagnostic(`${text}: ${agreement.value.toExponential(1)}, ${agreement.gradient.toExponential(1)}`);
    assert.ok(agreement.value < 1e-5 && agreement.gradient < 1e-5, `seed ${seed}: ${text}`);
  }
});
