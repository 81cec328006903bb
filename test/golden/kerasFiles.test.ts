import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Hdf5File } from '../../src/coordinator/models/hdf5/file.js';
import type { Hdf5Node } from '../../src/coordinator/models/hdf5/read.js';
import { KerasArchive, WEIGHTS } from '../../src/coordinator/models/keras/archive.js';
import { type DataSource, Trainer } from '../../src/index.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import { readGolden } from './cases.js';

/**
 * Models that Keras has written (generate/keras_files.py): they predict here what they predict there, go on with the optimizer's
 * state to the same weights, and what is saved of them holds the very tensors of Keras's own file.
 */

interface Tensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Told {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly predictions: readonly Tensor[];
  readonly steps: number;
  readonly after: readonly Tensor[];
}

const FILES = fileURLToPath(new URL('../../../test/golden/files/', import.meta.url));
const names = (await readdir(FILES))
  .filter((name) => name.endsWith('.keras'))
  .map((name) => name.replace('.keras', ''));
const folder = await mkdtemp(join(tmpdir(), 'lockstep-keras-'));
after(() => rm(folder, { recursive: true }));

/** Keras computes these in float16 and bfloat16. */
const COARSE = ['half-precision', 'mixed'];
/** Saved as one graph, and without the optimizer that scales losses. */
const OTHERWISE = ['nested', 'mixed'];

const sourceOf = ({ shape, values }: Tensor): DataSource => ({ shape, values: Float32Array.from(values) });
const alone = (tensors: readonly Tensor[]) => (tensors.length === 1 ? sourceOf(tensors[0]) : tensors.map(sourceOf));
const dataOf = ({ x, y }: Told) => ({ x: alone(x), y: alone(y) });

/** Relative to the largest value of the tensor. */
function assertClose(found: ArrayLike<number>, right: readonly number[], tolerance: number, what: string): void {
  assert.equal(found.length, right.length, `${what}: length`);
  const scale = right.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const worst = right.reduce((most, value, i) => Math.max(most, Math.abs(found[i] - value)), 0) / scale;
  assert.ok(worst <= tolerance, `${what}: error ${worst}`);
}

for (const name of names) {
  describe(`the model ${name} of Keras`, () => {
    const told = readGolden<Told>(`files/${name}.json`);
    const open = () => Trainer.create(join(FILES, `${name}.keras`), { workers: 1, shards: 4 });

    test('predicts what it predicts in Keras', async () => {
      await using trainer = await open();
      const found = [await trainer.predict({ x: alone(told.x) })].flat();
      told.predictions.forEach(({ values }, i) => {
        assertClose(found[i].values, values, COARSE.includes(name) ? 1e-2 : 1e-5, `output ${i}`);
      });
    });

    test('goes on to the weights that Keras comes to', async () => {
      await using trainer = await open();
      for (let step = 0; step < told.steps && told.after.length > 0; step++) await trainer.trainOnBatch(dataOf(told));
      if (told.after.length === 0) return;
      const { steps } = told;
      assert.equal(trainer.step, steps + 3);
      const weights = inLayerOrder(trainer);
      assert.equal(weights.length, told.after.length);
      for (const [i, { name: weight, values }] of weights.entries()) {
        assertClose(values, told.after[i].values, 1e-4, `${weight} after ${steps} steps`);
      }
    });

    test('is saved with the tensors of Keras’s file, bit by bit', async () => {
      await using trainer = await open();
      const path = join(folder, `${name}.keras`);
      await trainer.save(path);
      const [ours, theirs] = [await tensorsOf(path), await tensorsOf(join(FILES, `${name}.keras`))];
      if (OTHERWISE.includes(name)) return;
      assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
      for (const [place, values] of theirs) {
        // Nadam's product is of powers that Keras rounds in its own way.
        if (name === 'bidirectional' && place === '/optimizer/vars/30')
          assertClose(values, [...(ours.get(place) ?? [])], 1e-6, place);
        else assert.deepEqual(ours.get(place), values, place);
      }
    });
  });
}

/** A file that is kept gzipped, unpacked. */
async function unpacked(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, gunzipSync(await readFile(join(FILES, `${name}.gz`))));
  return path;
}

for (const name of ['cnn', 'nested', 'half-frozen']) {
  describe(`the model ${name} in the older form of Keras`, () => {
    const told = readGolden<Told>(`files/${name}.json`);

    test('predicts what it predicts in Keras, and goes on to the weights that Keras comes to', async () => {
      await using trainer = await Trainer.create(await unpacked(`${name}.h5`), { workers: 1, shards: 4 });
      const [{ values }] = [await trainer.predict({ x: alone(told.x) })].flat();
      assertClose(values, told.predictions[0].values, 1e-5, 'output');
      assert.equal(trainer.step, 3);
      for (let step = 0; step < told.steps; step++) await trainer.trainOnBatch(dataOf(told));
      inLayerOrder(trainer).forEach((weight, i) => {
        assertClose(weight.values, told.after[i].values, 1e-4, weight.name);
      });
    });

    test('takes its weights alone, unless models within it have them', async () => {
      const path = await unpacked(`${name}.weights.h5`);
      await using trainer = await Trainer.create(join(FILES, `${name}.keras`), { workers: 1 });
      const before = trainer.fingerprint();
      if (name === 'nested') {
        await assert.rejects(trainer.loadWeights(path), { code: 'WEIGHTS_MISMATCH' });
        assert.equal(trainer.fingerprint(), before);
        return;
      }
      trainer.setWeights(trainer.weights().map((weight) => ({ ...weight, values: weight.values.fill(0) })));
      assert.notEqual(trainer.fingerprint(), before);
      await trainer.loadWeights(path);
      assert.equal(trainer.fingerprint(), before);
    });
  });
}

/** Every tensor of a file by its path. */
async function tensorsOf(path: string): Promise<Map<string, Float32Array>> {
  using archive = await KerasArchive.open(path);
  const file = new Hdf5File(await archive.place(WEIGHTS));
  const found = new Map<string, Float32Array>();
  const walk = (node: Hdf5Node, place: string): void => {
    if (node.kind === 'dataset') found.set(place, file.floats(node));
    else for (const [name, member] of node.members) walk(member, `${place}/${name}`);
  };
  walk(file.root, '');
  return found;
}
