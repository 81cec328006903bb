import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Trainer } from '../../../src/index.js';
import { tfl } from '../../../src/shared/tfjs/tfjs.js';

/** Files as the converter of TensorFlow.js makes them, which is not to be had here: these are made by hand. */

const OPTIONS = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 } as const;
const folder = await mkdtemp(join(tmpdir(), 'lockstep-tfjs-'));
after(() => rm(folder, { recursive: true }));

const model = tfl.sequential({ name: 's', layers: [tfl.layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
const modelTopology = model.toJSON(null, false);
after(() => model.dispose());

/** Kernel and bias, quantised in their own ways: stored values, and what they stand for by value · scale + min. */
const stored = [
  {
    name: 'd/kernel',
    shape: [3, 2],
    quantization: { dtype: 'uint16', scale: 0.5, min: -3, original_dtype: 'float32' },
  },
  { name: 'd/bias', shape: [2], quantization: { dtype: 'float16', original_dtype: 'float32' } },
];
const bytes = Buffer.concat([
  Buffer.from(Uint16Array.of(0, 1, 2, 300, 6, 7).buffer),
  // 1.5 and −2 in IEEE 754 binary16.
  Buffer.from(Uint16Array.of(0x3e00, 0xc000).buffer),
]);
const kernel = [-3, -2.5, -2, 147, 0, 0.5];

test('quantised weights are read, also where a shard ends within an element', async () => {
  const weights = stored.map((weight) => ({ ...weight, dtype: 'float32' }));
  for (const cut of [bytes.length, 7, 13]) {
    const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
    const paths = parts.map((_, i) => `part-${cut}-${i}.bin`);
    for (const [i, part] of parts.entries()) await writeFile(join(folder, paths[i]), part);
    const json = { format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights }] };
    await writeFile(join(folder, 'model.json'), JSON.stringify(json));
    await using trainer = await Trainer.create(folder, OPTIONS);
    const found = new Map(trainer.weights().map(({ name, values }) => [name, [...values]]));
    assert.deepEqual(found.get('d/kernel'), kernel);
    assert.deepEqual(found.get('d/bias'), [1.5, -2]);
  }
});

test('what model.toJSON() gives is a model whose weights begin from the seed', async () => {
  const path = join(folder, 'layers.json');
  await writeFile(path, JSON.stringify(modelTopology));
  await using trainer = await Trainer.create(path, { ...OPTIONS, seed: 3 });
  assert.deepEqual(trainer.outputShape, [2]);
  await using again = await Trainer.create(path, { ...OPTIONS, seed: 3 });
  assert.equal(again.fingerprint(), trainer.fingerprint());
  assert.ok(trainer.weights().some(({ values }) => values.some((value) => value !== 0)));
});
