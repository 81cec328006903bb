import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Choices } from '../helpers/faults.js';
import { childrenOf, kill, pause, startLockstep, summaryIn } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** Law 3, as far as processes go: a training process that is killed at any moment leaves no trace in the result. */

const KILLS = 25;
/** Moments are drawn from some times of the time that a process takes to begin training: about half of them meet one that has a checkpoint. */
const MOMENTS_IN_STARTS = 3;

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  const fit = { epochs: 40, batchSize: 7, validationSplit: 0.25 };
  const checkpoint = { everySteps: 9, keep: 2 };
  const config = pointsConfig('points.csv', { fit, run: { checkpoint } });
  await writeFile(join(runs.folder, 'points.json'), JSON.stringify(config));
});
after(() => runs.remove());

const train = (...args: readonly string[]) =>
  startLockstep(runs.folder, 'train', 'points.json', '--json', '--max-restarts', '100', ...args);

describe('Law 3: a training process killed at any moment leaves no trace in the result', () => {
  test(`${KILLS} SIGKILLs at seeded random moments, other workers each run`, async (t) => {
    const choices = new Choices(2026);
    const began = performance.now();
    const calm = train('--out', 'calm');
    await calm.shows('"event":"start"');
    const startMs = performance.now() - began;
    const { fingerprint } = summaryIn(await calm.ended);
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      const { child, ended } = train('--out', `shaken-${run}`, '--workers', String(1 + (run % 3)));
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      const training = async (): Promise<number | undefined> => (await childrenOf(child.pid as number))[0];
      while (!isOver && kills < KILLS) {
        // A process lives from its start for such a time: most of those that are met by chance would die too young for a step.
        while (!isOver && (await training()) === undefined) await pause(5);
        await pause(choices.below(Math.ceil(MOMENTS_IN_STARTS * startMs)));
        const living = await training();
        if (living === undefined) continue;
        kill(living, 'SIGKILL');
        kills++;
      }
      const outcome = await ended;
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.equal(summaryIn(outcome).fingerprint, fingerprint, outcome.stderr);
      const files = await readdir(join(runs.folder, `shaken-${run}`, 'checkpoints'));
      assert.ok(
        files.every((name) => name.endsWith('.ckpt')),
        files.join(),
      );
    }
    t.diagnostic(`${kills} SIGKILLs`);
  });
});
