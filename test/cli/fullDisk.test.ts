import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../src/coordinator/checkpoint/read.js';
import type { TrainerEvent } from '../../src/index.js';
import { wideCase } from '../helpers/models.js';
import { startLimited, startLockstep, summaryIn } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** A run whose checkpoints the system refuses to write goes on without them. */

/** Of the weights 2·100 + 100 + 100·100 + 100 + 100 + 1; a checkpoint of Adam takes three times as much. */
const WEIGHT_BYTES = 4 * 10_501;
/** In blocks of 512 bytes: the saved model is below, a checkpoint above. */
const LIMIT = `ulimit -f ${Math.floor((2 * WEIGHT_BYTES) / 512)}`;
const skip = process.platform === 'win32' ? 'the system has no limit on the size of files' : false;
const REFUSAL = /[\w.-]+\.ckpt could not be written: the file would be larger than the system allows/g;

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  const config = pointsConfig('points.csv', { model: { layers: [...wideCase.layers] } });
  await writeFile(join(runs.folder, 'wide.json'), JSON.stringify(config));
});
after(() => runs.remove());

describe('When the system refuses to write checkpoints, as a full disk does', { skip }, () => {
  test('a run goes on to the same bits, tells each loss, and leaves the checkpoint before whole and nothing else', async () => {
    const train = ['train', 'wide.json', '--json'];
    const whole = await startLockstep(runs.folder, ...train, '--out', 'whole').ended;
    assert.equal(whole.code, 0, whole.stderr);
    await startLockstep(runs.folder, ...train, '--out', 'full', '--epochs', '2').ended;
    const checkpoints = join(runs.folder, 'full', 'checkpoints');
    const kept = await readdir(checkpoints);

    const limited = await startLimited(LIMIT, runs.folder, [...train, '--out', 'full', '--resume']).ended;
    assert.equal(limited.code, 0, limited.stderr);
    assert.equal(summaryIn(limited).fingerprint, summaryIn(whole).fingerprint);
    assert.equal(limited.stderr.match(REFUSAL)?.length, 4, limited.stderr);
    const log = await readFile(join(runs.folder, 'full', 'log.jsonl'), 'utf8');
    assert.equal(log.match(REFUSAL)?.length, 4, log);
    assert.deepEqual(await readdir(checkpoints), kept);
    for (const name of kept) await readCheckpoint(join(checkpoints, name));
  });

  test('a trainer tells its listener, and the file that was to be replaced stays as it was', async () => {
    const path = join(runs.folder, 'trainer.ckpt');
    const script = fileURLToPath(new URL('../fixtures/limitedTrainer.js', import.meta.url));
    const train = async (limit: string) => {
      const { code, stdout, stderr } = await startLimited(limit, runs.folder, [path], script).ended;
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as { events: TrainerEvent[]; fingerprint: string };
    };
    const free = await train('true');
    assert.deepEqual(free.events, []);
    const [names, bytes] = [await readdir(runs.folder), await readFile(path)];

    const { events, fingerprint } = await train(LIMIT);
    assert.equal(fingerprint, free.fingerprint);
    const told = events.map((event) =>
      event.event === 'checkpointFailed' ? event.cause.match(REFUSAL)?.length : event,
    );
    assert.deepEqual(told, [1, 1, 1]);
    assert.deepEqual([await readdir(runs.folder), await readFile(path)], [names, bytes]);
  });
});
