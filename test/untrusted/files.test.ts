import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { encodeHead, type Section } from '../../src/coordinator/checkpoint/format.js';
import { packPlain, unpackPlain } from '../../src/coordinator/checkpoint/plainMsgpack.js';
import { readCheckpoint } from '../../src/coordinator/checkpoint/read.js';
import { readConfig } from '../../src/coordinator/config/read.js';
import { loadModelFile } from '../../src/coordinator/models/files.js';
import { LockstepError, Trainer } from '../../src/index.js';
import { Choices } from '../helpers/faults.js';
import { cases, dataFor } from '../helpers/models.js';
import { pointsConfig } from '../helpers/runs.js';
import { mutateBytes, mutateValue, sha256 } from './mutate.js';

/** Files are not believed: whatever they hold, reading them ends in a value or in an error of Lockstep's own. */

const [given] = cases;
let folder: string;
let checkpoint: Buffer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await using trainer = await Trainer.create(given.layers, { optimizer: 'adam', loss: given.loss, workers: 1 });
  await trainer.fit(dataFor(given, 20), { batchSize: 8 });
  await trainer.checkpoint(join(folder, 'good.ckpt'));
  await trainer.save(join(folder, 'model'));
  checkpoint = await readFile(join(folder, 'good.ckpt'));
});
after(() => rm(folder, { recursive: true }));

/** Reads something; anything but a value or a `LockstepError` fails the test. */
async function endsWell(read: () => Promise<unknown>, seed: number): Promise<void> {
  await read().catch((error) => {
    assert.ok(error instanceof LockstepError, `seed ${seed}: ${error?.stack ?? error}`);
  });
}

describe('A model.json is not believed', () => {
  const changed = async (change: (json: Record<string, unknown>) => unknown): Promise<string> => {
    const json = JSON.parse(await readFile(join(folder, 'model', 'model.json'), 'utf8'));
    const path = join(folder, 'model', 'changed.json');
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
    await symlink(join(folder, 'secret.bin'), join(folder, 'model', 'link.bin'));
    await assert.rejects(loadModelFile(await withPaths('link.bin')), { code: 'INVALID_MODEL', message: /outside/ });
    await mkdir(join(folder, 'model', '..inside'), { recursive: true });
    await writeFile(join(folder, 'model', '..inside', 'w.bin'), await readFile(join(folder, 'model', 'weights.bin')));
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

  test('when a key would reach a prototype', async () => {
    const path = join(folder, 'model', 'polluted.json');
    await writeFile(path, '{"modelTopology":{"__proto__":{"polluted":1}},"weightsManifest":[]}');
    await assert.rejects(loadModelFile(path), { code: 'UNREADABLE_MODEL', message: /__proto__ is not allowed/ });
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
});

const RUNS = 1500;

describe('Mutated files end in a value or in an error of their own', () => {
  test('checkpoints with any bytes changed', async () => {
    const path = join(folder, 'bytes.ckpt');
    for (let seed = 0; seed < RUNS; seed++) {
      await writeFile(path, mutateBytes(checkpoint, new Choices(seed)));
      await endsWell(() => readCheckpoint(path), seed);
    }
  });

  test('checkpoints whose record is changed and whose checksums are right', async () => {
    const path = join(folder, 'record.ckpt');
    const { vectors } = await readCheckpoint(join(folder, 'good.ckpt'));
    const record = unpackPlain(vectors.get('run') as Uint8Array);
    for (let seed = 0; seed < RUNS; seed++) {
      const choices = new Choices(seed);
      const run =
        choices.below(2) === 0
          ? packPlain(mutateValue(record, choices))
          : mutateBytes(vectors.get('run') as Uint8Array, choices);
      const bodies = [...vectors].map(([name, bytes]): [string, Uint8Array] => [name, name === 'run' ? run : bytes]);
      const table = bodies.map(([name, bytes]): Section => ({ name, byteLength: bytes.length, sha256: sha256(bytes) }));
      await writeFile(path, Buffer.concat([encodeHead(table), ...bodies.map(([, bytes]) => bytes)]));
      await endsWell(() => readCheckpoint(path), seed);
    }
  });

  test('configs', async () => {
    const config = pointsConfig('points.csv');
    const text = Buffer.from(JSON.stringify(config));
    for (let seed = 0; seed < RUNS; seed++) {
      const choices = new Choices(seed);
      const path = join(folder, 'config.yaml');
      const changed =
        choices.below(2) === 0 ? JSON.stringify(mutateValue(config, choices)) : mutateBytes(text, choices);
      await writeFile(path, changed ?? '');
      await endsWell(() => readConfig(path), seed);
    }
    await writeFile(join(folder, 'deep.yaml'), `a: ${'['.repeat(100_000)}`);
    await assert.rejects(readConfig(join(folder, 'deep.yaml')), { code: 'CONFIG_UNREADABLE' });
  });
});
