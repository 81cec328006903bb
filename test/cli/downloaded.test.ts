import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Ended, startLockstep } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** A run directory that somebody else has made: nothing in it is run unless the caller names it. */

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (...names: string[]): string => join(runs.folder, ...names);
const lockstep = (...args: string[]): Promise<Ended> => startLockstep(runs.folder, ...args).ended;

const EVIL = `import { writeFileSync } from 'node:fs';
writeFileSync(new URL('../was-run', import.meta.url), '');
export default { rows: 1, read: () => ({ x: [[1, 2]], y: [[1]] }) };`;

before(async () => {
  runs = await makeRunFolder();
  await writeFile(at('points.json'), JSON.stringify(pointsConfig('points.csv', { fit: { epochs: 1, batchSize: 8 } })));
  const trained = await lockstep('train', 'points.json', '--out', 'foreign', '--workers', '1');
  assert.equal(trained.code, 0, trained.stderr);
  await cp(at('foreign'), at('rows'), { recursive: true });
  for (const folder of ['foreign', 'rows']) await writeFile(at(folder, 'evil.mjs'), EVIL);
  await symlink(at('foreign'), at('link'));
  const stored = JSON.parse(await readFile(at('foreign', 'config.json'), 'utf8'));
  const named = { ...stored, model: { ...stored.model, modules: ['evil.mjs'] } };
  await writeFile(at('foreign', 'config.json'), JSON.stringify(named));
  await writeFile(at('rows', 'config.json'), JSON.stringify({ ...stored, data: { source: 'evil.mjs' } }));
  // A config that says it is a model.
  await writeFile(at('foreign', 'model.json'), JSON.stringify(named));
  const [newest] = (await readdir(at('foreign', 'checkpoints'))).filter((name) => name.startsWith('step'));
  await copyFile(at('foreign', 'checkpoints', newest), at('foreign', 'checkpoints', 'step.ckpt'));
});
after(() => runs.remove());

const data = ['--data', 'points.csv'];
const out = ['--out', 'predictions.csv'];
const table: [what: string, args: string[], sentence?: RegExp][] = [
  ['predict of a run', ['predict', 'foreign', ...data, ...out]],
  ['predict of a run by a link', ['predict', 'link', ...data, ...out]],
  ['predict of its model', ['predict', 'foreign/model', ...data, ...out]],
  ['predict of its checkpoint', ['predict', 'foreign/checkpoints/step.ckpt', ...data, ...out]],
  ['evaluate of a run', ['evaluate', 'foreign', ...data]],
  ['evaluate of its model.json', ['evaluate', 'foreign/model/model.json', ...data]],
  ['evaluate with the stored config', ['evaluate', 'foreign/model', ...data, '--config', 'foreign/config.json']],
  ['evaluate with the run for a config', ['evaluate', 'foreign/model', ...data, '--config', 'foreign']],
  ['inspect of a run', ['inspect', 'foreign']],
  ['inspect of its config', ['inspect', 'foreign/config.json']],
  ['inspect of a config that is called a model', ['inspect', 'foreign/model.json'], /lacks modelTopology/],
  [
    'train of a run',
    ['train', 'foreign', '--resume', '--epochs', '2'],
    /in that folder, which is run only if you name it/,
  ],
  ['train of a run on rows', ['train', 'rows', '--resume', '--epochs', '2'], /in that folder, which is run only if/],
];

describe('Nothing of a folder is run that the caller does not name', () => {
  for (const [what, args, sentence = /is run only if you name it; look into it, then add --modules <path>/] of table) {
    test(what, async () => {
      const { code, stderr } = await lockstep(...args);
      assert.ok(!existsSync(at('was-run')), 'it was run');
      assert.equal(code, 2, stderr);
      assert.match(stderr, sentence);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    });
  }

  test('what is named is run', async () => {
    for (const args of [table[0][1], table[4][1], table[8][1]]) {
      await rm(at('was-run'), { force: true });
      const { code, stderr } = await lockstep(...args, '--modules', 'foreign/evil.mjs');
      assert.equal(code, 0, stderr);
      assert.ok(existsSync(at('was-run')), args.join(' '));
    }
  });
});
