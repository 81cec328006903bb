import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TrainerEvent } from '../../../src/index.js';
import { startLimited } from '../../helpers/processes.js';
import { makeRunFolder } from '../../helpers/runs.js';

/** Fewer threads or files than four ranks and the writer of checkpoints take. */

interface Became {
  readonly events: readonly TrainerEvent[];
  readonly fingerprint?: string;
  readonly code?: string;
  readonly blame?: string;
  readonly message?: string;
}

const works = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const noLimits = works('prlimit', '--version') ? false : 'there is no prlimit';
// The system counts the threads of a user, and those of root without a limit.
const noUser =
  process.getuid?.() === 0 && works('setpriv', '--version') ? noLimits : 'only root may take a user for itself';

const script = fileURLToPath(new URL('../../fixtures/shortTrainer.js', import.meta.url));
let place: Awaited<ReturnType<typeof makeRunFolder>>;
let free: Became;

before(async () => {
  place = await makeRunFolder();
  await chmod(place.folder, 0o777);
  if (noLimits === false) free = await trained('nofile', 500, 'before');
});
after(() => place.remove());

/** What shortTrainer tells of itself; it must end by itself, without an error that nobody caught. */
async function trained(limit: 'nproc' | 'nofile', room: number, when: 'before' | 'trained'): Promise<Became> {
  const within = limit === 'nproc' ? ['setpriv', '--reuid=64997', '--clear-groups'] : [];
  const args = [limit, `${room}`, when, join(place.folder, 'short.ckpt')];
  const { child, ended } = startLimited('true', place.folder, args, { script, within });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const { code, signal, stdout, stderr } = await ended.finally(() => clearTimeout(timer));
  assert.deepEqual([code, signal, stderr], [0, null, '']);
  return JSON.parse(stdout);
}

describe('With too few threads or files a run takes fewer ranks, to the same bits, or says in one sentence what is lacking', () => {
  const table: [limit: 'nproc' | 'nofile', rooms: number[], skip: string | false][] = [
    ['nproc', [0, 1, 2, 3, 4], noUser],
    ['nofile', [0, 3, 12, 25, 45, 70], noLimits],
  ];
  for (const [limit, rooms, skip] of table) {
    for (const room of rooms) {
      test(`${limit}: ${room} more`, { skip }, async () => {
        const { events, fingerprint, ...refusal } = await trained(limit, room, 'before');
        if (fingerprint === undefined) {
          assert.deepEqual([refusal.code, refusal.blame], ['NO_THREADS', 'user'], refusal.message);
          assert.match(
            refusal.message as string,
            /^No rank can start: .*\(ulimit -[un]\); raise that limit and try again\.$/,
          );
        } else assert.equal(fingerprint, free.fingerprint);
        const starts = events
          .filter(({ event }) => event === 'fewerWorkers')
          .map((event) => 'workers' in event && event.workers);
        assert.deepEqual(starts, [2, 1].slice(0, starts.length));
        assert.ok(!events.some(({ event }) => event === 'recovery'), 'a shortage is no restart');
      });
    }
  }

  test('no room at all is refused, ample room is not', { skip: noLimits }, async () => {
    assert.equal((await trained('nofile', 0, 'before')).code, 'NO_THREADS');
    assert.deepEqual(free.events, []);
  });
});

describe('A checkpoint for which there is no thread or file is told as lost, and training goes on to the same bits', () => {
  for (const [limit, skip] of [
    ['nproc', noUser],
    ['nofile', noLimits],
  ] as const) {
    test(limit, { skip }, async () => {
      const { events, fingerprint } = await trained(limit, 0, 'trained');
      assert.equal(fingerprint, free.fingerprint);
      assert.ok(events.length > 0 && events.every(({ event }) => event === 'checkpointFailed'), JSON.stringify(events));
      for (const event of events)
        assert.match('cause' in event ? event.cause : '', /no more (threads|files) \(ulimit -[un]\)/);
    });
  }
});
