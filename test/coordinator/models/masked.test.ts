import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { requireMasksHeeded } from '../../../src/coordinator/models/masked.js';
import { tfl } from '../../../src/shared/tfjs/tfjs.js';

const { layers } = tfl;

/** Blocks one behind the other, each adding to its input what it makes of it: 2 ** blocks ways lead through them. */
function residual(blocks: number, x: SymbolicTensor): SymbolicTensor {
  let y = x;
  for (let i = 0; i < blocks; i++) {
    const made = layers.dense({ units: 2, kernelInitializer: 'zeros' }).apply(y) as SymbolicTensor;
    y = layers.add().apply([y, made]) as SymbolicTensor;
  }
  return y;
}

test('Masks of a residual network are looked for in time that grows with its layers, not with its ways', () => {
  const inputs = tfl.input({ shape: [3, 2] });
  const outputs = residual(64, inputs);
  requireMasksHeeded(tfl.model({ inputs, outputs }));
  const masked = residual(64, layers.masking().apply(inputs) as SymbolicTensor);
  assert.throws(() => requireMasksHeeded(tfl.model({ inputs, outputs: masked })), {
    code: 'UNSUPPORTED_MODEL',
    message: /The output of .* is masked/,
  });
});
