import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeNpy, encodeNpz, type WrittenArray } from '../../../../src/coordinator/data/arrays/writeNpy.js';
import { data } from '../../../../src/index.js';
import { packageRoot } from '../../../../src/shared/packageRoot.js';

const golden = (name: string): string => join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'arrays', name);

const cube = Float32Array.from({ length: 24 }, (_, i) => i);

/** Arrays that arrays.py wrote with np.save. */
const written: Readonly<Record<string, WrittenArray>> = {
  'written-cube.npy': { values: cube, shape: [2, 3, 4] },
  'uint8.npy': { values: Uint8Array.of(0, 1, 2, 3, 100, 255), shape: [2, 3] },
  'int32.npy': { values: Int32Array.of(0, 1, -2, 3, -100, 127), shape: [2, 3] },
  'one-d.npy': { values: Float64Array.of(0, 1, 2), shape: [3] },
  'zero-d.npy': { values: Float64Array.of(2.5), shape: [] },
  'empty.npy': { values: new Float32Array(0), shape: [0, 3] },
};

test('An array is written byte for byte as np.save writes it', async () => {
  for (const [file, array] of Object.entries(written)) {
    assert.deepEqual(encodeNpy(array), await readFile(golden(file)), file);
  }
});

test('An archive of arrays has the members of the one that np.savez writes, in its order', async () => {
  const archive = encodeNpz({ a: written['uint8.npy'], 'b/c': written['one-d.npy'] });
  const path = join(tmpdir(), `lockstep-${process.pid}.npz`);
  await writeFile(path, archive);
  const [ours, numpys] = await Promise.all([data.npz(path), data.npz(golden('written.npz'))]);
  assert.deepEqual(Object.keys(ours), Object.keys(numpys));
  assert.deepEqual(ours, numpys);
});
