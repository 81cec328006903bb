import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kill, startLockstep, summaryIn } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** A run directory that goes while it trains: one warning, then one error, and what was trained is kept. */

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (...names: string[]): string => join(runs.folder, ...names);
before(async () => {
  runs = await makeRunFolder();
  await writeFile(
    at('points.json'),
    JSON.stringify(pointsConfig('points.csv', { fit: { epochs: 600, batchSize: 8 } })),
  );
});
after(() => runs.remove());
const start = (out: string, ...more: string[]) =>
  startLockstep(runs.folder, 'train', 'points.json', '--json', '--workers', '1', '--out', out, ...more);

const WARNING = /The run directory \S+ is gone/g;

describe('A run directory that is gone while it trains', () => {
  const table: [what: string, go: (out: string) => Promise<unknown>, isKept: boolean][] = [
    ['removed', (out) => rm(at(out), { recursive: true, force: true, maxRetries: 20 }), true],
    ['moved away', (out) => rename(at(out), at(`${out}-moved`)), true],
    [
      'moved away, with another in its place',
      async (out) => {
        await rename(at(out), at(`${out}-moved`));
        await mkdir(at(out));
      },
      false,
    ],
  ];
  for (const [i, [what, go, isKept]] of table.entries()) {
    test(`${what}: one warning, then one error that says what is kept`, { timeout: 60_000 }, async () => {
      const out = `gone${i}`;
      const { ended, shows } = start(out);
      await shows('"event":"epoch"');
      await go(out);
      const { code, stderr } = await ended;
      assert.equal(code, 1, stderr);
      assert.ok((stderr.match(WARNING)?.length ?? 0) <= 1, stderr);
      assert.match(
        stderr,
        /RUN_GONE: The run directory .* was removed, moved or replaced while it trained\. Training ended/,
      );
      const kept = existsSync(at(out, 'checkpoints')) ? await readdir(at(out, 'checkpoints')) : [];
      assert.equal(
        kept.some((name) => name.startsWith('step-')),
        isKept,
        stderr,
      );
      if (!isKept) return;
      const resumed = await start(out, '--resume').ended;
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.ok(summaryIn(resumed).steps > 0);
    });
  }

  test('when it is put back in time, the run goes on', { timeout: 60_000 }, async () => {
    const { child, ended, shows } = start('back', '--epochs', '100000');
    await shows('"event":"epoch"');
    await rename(at('back'), at('away'));
    await rename(at('away'), at('back'));
    await shows('"epoch":300,');
    kill(child.pid as number, 'SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.doesNotMatch(stderr, /RUN_GONE/);
  });
});
