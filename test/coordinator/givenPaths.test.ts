import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { callbacks, data, Trainer, train } from '../../src/index.js';
import { inspect } from '../../src/run/inspection.js';
import { pointsConfig } from '../helpers/runs.js';

const layers = [{ type: 'Dense', units: 1, inputShape: [2] }];
const options = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1, seed: 1 } as const;
const rows = { x: Float32Array.of(1, 2, 3, 4), y: Float32Array.of(1, 2) };

let folder: string;
let home: string;
before(async () => {
  home = process.cwd();
  folder = await mkdtemp(join(tmpdir(), 'lockstep '));
  process.chdir(folder);
});
after(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** The ways of writing a path in that folder, which is the working directory. */
const spellings: readonly [string, (name: string) => string | URL][] = [
  ['a URL', (name) => pathToFileURL(join(folder, name))],
  ['the text of a URL', (name) => pathToFileURL(join(folder, name)).href],
  ['tfjs-node’s file://./', (name) => `file://./${name}`],
  ['tfjs-node’s file://', (name) => `file://${name}`],
  ['a path', (name) => join(folder, name)],
];

describe('Every door for files takes', () => {
  for (const [title, at] of spellings) {
    test(title, async () => {
      await using trainer = await Trainer.create(layers, options);
      await trainer.save(at('model'));
      await trainer.checkpoint(at('a.ckpt'));
      const filepath = String(at('best/{epoch}.ckpt'));
      const logger = callbacks.csvLogger({ filename: String(at('logs/fit.csv')) });
      await trainer.fit(rows, { callbacks: [callbacks.modelCheckpoint({ filepath }), logger] });
      for (const name of ['model/model.json', 'a.ckpt', 'best/1.ckpt', 'logs/fit.csv']) await stat(join(folder, name));
      {
        await using resumed = await Trainer.resume(at('a.ckpt'), { workers: 1 });
        await using created = await Trainer.create(at('model/model.json'), options);
        const [first, second] = [await resumed.predict(rows), await created.predict(rows)];
        assert.deepEqual(first.values, second.values);
      }
      await writeFile(join(folder, 'a.csv'), 'a,b\n1,2\n');
      assert.equal((await data.csv(at('a.csv'))).rows, 1);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('file')),
        [],
      );
      for (const name of ['model', 'best', 'logs', 'a.ckpt', 'a.csv'])
        await rm(join(folder, name), { recursive: true });
    });
  }

  test('a URL in a config, for one, and as one', async () => {
    const text = Array.from({ length: 12 }, (_, i) => `${i},${i % 3},${i % 2}`).join('\n');
    await writeFile(join(folder, 'points.csv'), `a,b,y\n${text}\n`);
    const out = pathToFileURL(join(folder, 'a run')).href;
    const config = pointsConfig(pathToFileURL(join(folder, 'points.csv')).href, { run: { out, workers: 1 } });
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config));
    const { steps } = await train(pathToFileURL(file));
    assert.ok(steps > 0);
    assert.ok((await stat(join(folder, 'a run', 'model', 'model.json'))).isFile());
    assert.equal((await inspect(join(folder, 'a run'))).kind, 'run');
  });

  test('no URL of anything else', async () => {
    const refused = { code: 'INVALID_PATH' };
    const url = 'https://example.com/model.json';
    await using trainer = await Trainer.create(layers, options);
    await assert.rejects(Trainer.create(url, options), refused);
    await assert.rejects(Trainer.resume(url), refused);
    await assert.rejects(trainer.save(url), refused);
    await assert.rejects(trainer.checkpoint(url), refused);
    await assert.rejects(data.csv(url), refused);
    await assert.rejects(train(url), refused);
    assert.throws(() => callbacks.modelCheckpoint({ filepath: url }), refused);
    assert.throws(() => callbacks.csvLogger({ filename: url }), refused);
    await assert.rejects(train(pointsConfig(url)), refused);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('http')),
      [],
    );
  });
});
