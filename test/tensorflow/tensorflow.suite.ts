import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { requireTensorflow } from '../../src/shared/tfjs/places.js';
import { attributeNames } from '../../src/worker/engines/tfjs/attributeNames.js';
import { goldenEngineTests } from '../helpers/goldenEngines.js';
import { layersEngineTests } from '../helpers/layersEngine.js';

/** On libtensorflow, where `npm run setup:tensorflow` has found it; `npm run test:tensorflow` runs this. */
layersEngineTests('tensorflow');
goldenEngineTests('tensorflow');

test('tensorflow: the first rank adds every name of an attribute that tfjs-node gives', () => {
  const dist = join(requireTensorflow().path, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!_test)\.js$/.test(file));
  const given = files.flatMap((file) => {
    const source = readFileSync(join(dist, file), 'utf8');
    return [...source.matchAll(/(?:\bname: |createTensorsTypeOpAttr\)?\(\s*)'(\w+)'/g)].map(([, name]) => name);
  });
  assert.deepEqual(
    [...new Set(given)].filter((name) => !attributeNames.includes(name)),
    [],
  );
  assert.ok(given.length > attributeNames.length);
});

test('tensorflow: ranks of one and of two trainers that start at once do not crash', { timeout: 120_000 }, () => {
  // The third of them starts two trainers at once, with 2 and 3 ranks.
  const script = join(packageRoot(import.meta.url), 'scripts/stress-tensorflow.js');
  const { status, stdout } = spawnSync(process.execPath, [script, '--starts', '3', '--seed', '2'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});
