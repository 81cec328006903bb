import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packPlain, unpackPlain } from '../../src/coordinator/checkpoint/plainMsgpack.js';
import { readCheckpoint } from '../../src/coordinator/checkpoint/read.js';
import { loadModelFile } from '../../src/coordinator/models/files.js';
import { Trainer } from '../../src/index.js';
import { readConfig } from '../../src/run/config/read.js';
import { Choices } from '../helpers/faults.js';
import { faultOf } from './outcome.js';
import { openSubjects, prepareSubjects, withRecord, writeFiles } from './subjects.js';

/** Files are not believed: whatever they hold, reading them ends in a value or in an error of Lockstep's own. */

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await prepareSubjects(folder);
});
after(() => rm(folder, { recursive: true }));

describe('A model.json is not believed', () => {
  const changed = async (change: (json: Record<string, unknown>) => unknown): Promise<string> => {
    const json = JSON.parse(await readFile(join(folder, 'dense', 'model.json'), 'utf8'));
    const path = join(folder, 'dense', 'changed.json');
    await writeFile(path, JSON.stringify(change(json)));
    return path;
  };
  const withPaths = (...paths: string[]) =>
    changed((json) => ({ ...json, weightsManifest: [{ ...(json.weightsManifest as object[])[0], paths }] }));

  test('when it names weight files outside its folder', async () => {
    await writeFile(join(folder, 'secret.bin'), 'secret');
    for (const path of ['../secret.bin', join(folder, 'secret.bin'), 'a/../../secret.bin', '..']) {
      await assert.rejects(loadModelFile(await withPaths(path)), {
        code: 'INVALID_MODEL',
        message: /outside its folder/,
      });
    }
  });

  test('when a link in its folder leads outside', async () => {
    await symlink(join(folder, 'secret.bin'), join(folder, 'dense', 'link.bin'));
    await assert.rejects(loadModelFile(await withPaths('link.bin')), { code: 'INVALID_MODEL', message: /outside/ });
    await mkdir(join(folder, 'dense', '..inside'), { recursive: true });
    await writeFile(join(folder, 'dense', '..inside', 'w.bin'), await readFile(join(folder, 'dense', 'weights.bin')));
    await loadModelFile(await withPaths('..inside/w.bin'));
  });

  test('when its shapes ask for more than its files hold', async () => {
    const path = await changed((json) => {
      const [group] = json.weightsManifest as { weights: { shape: number[] }[] }[];
      group.weights[0].shape = [1e9, 1e9];
      return json;
    });
    await assert.rejects(loadModelFile(path), { code: 'INVALID_MODEL', message: /bytes, but its manifest tells of/ });
  });

  test('when its layers have more weights than its files hold', async () => {
    const path = await changed((json) => {
      const { model_config: model, config = model } = json.modelTopology as {
        model_config?: unknown;
        config?: unknown;
      };
      const { layers } = ((config as { config?: unknown }).config ?? config) as { layers: { config: object }[] };
      Object.assign(layers[0].config, { units: 2 ** 26 });
      return json;
    });
    await assert.rejects(loadModelFile(path), { code: 'INVALID_MODEL', message: /more weights than are stored/ });
  });

  test('when a key would reach a prototype', async () => {
    const path = join(folder, 'dense', 'polluted.json');
    await writeFile(path, '{"modelTopology":{"__proto__":{"polluted":1}},"weightsManifest":[]}');
    await assert.rejects(loadModelFile(path), { code: 'UNREADABLE_MODEL', message: /__proto__ is not allowed/ });
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
});

test('What a checkpoint names is not run', async () => {
  const evil = 'data:text/javascript,globalThis.ran = true';
  const { vectors } = await readCheckpoint(join(folder, 'dense.ckpt'));
  const record = { ...(unpackPlain(vectors.get('run') as Uint8Array) as object), modules: [evil] };
  const path = join(folder, 'evil.ckpt');
  await writeFile(path, withRecord(vectors, packPlain(record)));
  await assert.rejects(Trainer.resume(path), { code: 'MODULES_NEEDED', message: /only if you name them/ });
  assert.equal((globalThis as { ran?: boolean }).ran, undefined);
});

/** Cases for each kind of damage; `npm run fuzz` runs a hundred thousand. */
const RUNS = 200;
const SLOW_RUNS = 20;

describe('Damaged files end in a value or in one sentence', () => {
  test('of every kind', async (context) => {
    for (const { title, isSlow, damage, read } of await openSubjects(folder)) {
      await context.test(title, async () => {
        for (let seed = 1; seed <= (isSlow ? SLOW_RUNS : RUNS); seed++) {
          const place = join(folder, 'damaged');
          await writeFiles(place, damage(new Choices(seed)));
          assert.equal(await faultOf(() => read(place)), null, `seed ${seed}`);
        }
      });
    }
  });

  test('configs that are nested very deep', async () => {
    await writeFile(join(folder, 'deep.yaml'), `a: ${'['.repeat(100_000)}`);
    await assert.rejects(readConfig(join(folder, 'deep.yaml')), { code: 'CONFIG_UNREADABLE' });
  });
});
