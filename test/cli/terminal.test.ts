import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { childrenOf, kill, pause, startOnTerminal } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';
import { screenOf } from '../helpers/screen.js';

/** What a person sees who watches a run whose process is killed. */

const skip = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? false : 'there is no script(1) here';

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  await writeFile(join(runs.folder, 'points.json'), JSON.stringify(pointsConfig('points.csv')));
});
after(() => runs.remove());

describe('On a terminal', { skip }, () => {
  for (const columns of [40, 80]) {
    test(`of ${columns} columns a restart is told on lines of its own, and no half-drawn progress is left`, async () => {
      const options = ['--epochs', '1000000', '--out', `run-${columns}`];
      const { child, ended, shows } = startOnTerminal(columns, runs.folder, 'train', 'points.json', ...options);
      await shows('9/1000000');
      const [supervisor, training] = await pairBelow(child.pid as number);
      kill(training, 'SIGKILL');
      await shows('(restart 1 of 3)');
      await shows('going on after step');
      kill(supervisor, 'SIGTERM');
      const { code, stdout } = await ended;
      assert.equal(code, 130, stdout.slice(-1000));

      const rows = screenOf(stdout, columns);
      const first = rows.findIndex((row) =>
        row.startsWith('lockstep: the training process was killed'.slice(0, columns)),
      );
      const told = rows.slice(first, first + 6).map((row) => row.padEnd(columns));
      assert.match(
        told.join(''),
        /^lockstep: the training process was killed \(SIGKILL: by hand, or by the system for want of memory\); going on from step-\d+\.ckpt \(restart 1 of 3\) *points: going on/,
      );
      assert.deepEqual(
        rows.filter((row) => /\[=*>? *\]|samples\/s/.test(row)),
        [],
      );
      assert.ok(rows.every((row) => row.length <= columns));
    });
  }
});

/** The supervisor below a terminal, and the training process that it has started. */
async function pairBelow(pid: number): Promise<[number, number]> {
  for (;;) {
    const line = [pid];
    for (let next: number | undefined = pid; next !== undefined; ) {
      [next] = await childrenOf(next);
      if (next !== undefined) line.push(next);
    }
    if (line.length > 2) return [line[line.length - 2], line[line.length - 1]];
    await pause(5);
  }
}
