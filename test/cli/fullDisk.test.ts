import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
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
    const free = await trained('true', path);
    assert.deepEqual([free.events, free.step], [[], 9]);
    const bytes = await readFile(path);

    const limited = await trained(LIMIT, path);
    assert.deepEqual(limited.events.map(causeOf), Array(3).fill('the file would be larger than the system allows'));
    assert.deepEqual(limited, { ...free, events: limited.events });
    assert.deepEqual(await readFile(path), bytes);
  });
});

test('On a disk that has room for one checkpoint the first one stays whole, and the others are told', {
  skip: mountSkip(),
}, async () => {
  const disk = join(runs.folder, 'disk');
  await mkdir(disk);
  const mount = `mount -t tmpfs -o size=${4 * WEIGHT_BYTES} tmpfs '${disk}'`;
  const full = await trained(mount, join(disk, 'trainer.ckpt'), ['unshare', '-m']);
  assert.deepEqual(full.events.map(causeOf), Array(2).fill('the disk is full'));
  assert.deepEqual([full.step, full.files], [3, ['trainer.ckpt']]);
  assert.equal(full.fingerprint, (await trained('true', join(runs.folder, 'free.ckpt'))).fingerprint);
});

interface Trained {
  readonly events: readonly TrainerEvent[];
  readonly fingerprint: string;
  readonly step: number;
  readonly files: readonly string[];
}

/** What limitedTrainer tells of itself. */
async function trained(limit: string, path: string, within: readonly string[] = []): Promise<Trained> {
  const script = fileURLToPath(new URL('../fixtures/limitedTrainer.js', import.meta.url));
  const { code, stdout, stderr } = await startLimited(limit, runs.folder, [path], { script, within }).ended;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Why a checkpoint was refused. */
function causeOf(event: TrainerEvent): string {
  return event.event === 'checkpointFailed' ? (/written: (.*);/.exec(event.cause)?.[1] ?? event.cause) : event.event;
}

function mountSkip(): string | false {
  const mounts = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp']).status === 0;
  return mounts ? false : 'this user may not mount a file system';
}
