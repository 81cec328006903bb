import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { childrenOf, type Ended, kill, pause, startLockstep, summaryIn } from '../helpers/processes.js';
import { makeRunFolder } from '../helpers/runs.js';

/** What modules of the user's can do to the process that they are run in, over the real command line. */

/** A source whose seventh batch does what the file `deed` says; without such a file, it is as any other. */
const ROWS = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const at = (name) => new URL(name, import.meta.url);
const deed = existsSync(at('deed')) ? new Function('at', 'writeFileSync', readFileSync(at('deed'), 'utf8')) : () => {};
let reads = 0;
export default {
  rows: 60,
  async read(rows) {
    if (++reads > 6) await deed(at, writeFileSync);
    return {
      x: Array.from(rows, (row) => [Math.sin(row), Math.cos(3 * row)]),
      y: Array.from(rows, (row) => Math.sin(row) - 0.5),
    };
  },
};
`;

const CONFIG = {
  name: 'source',
  model: { layers: [{ type: 'Dense', units: 1, inputShape: [2] }] },
  data: { source: 'rows.mjs' },
  compile: { optimizer: 'adam', loss: 'meanSquaredError' },
  fit: { epochs: 3, batchSize: 10 },
  run: { workers: 1, engine: 'reference' },
};

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
let undisturbed: string;
const at = (...names: string[]): string => join(runs.folder, ...names);
const start = (out: string, ...args: string[]) =>
  startLockstep(runs.folder, 'train', 'source.json', '--json', '--out', out, ...args);

before(async () => {
  runs = await makeRunFolder();
  await writeFile(at('rows.mjs'), ROWS);
  await writeFile(at('source.json'), JSON.stringify(CONFIG));
  undisturbed = summaryIn(await start('whole').ended).fingerprint;
});
after(() => runs.remove());

/** Whatever happened, a resume without the deed gives the bits of a run that nothing disturbed. */
async function requireWayOn(out: string): Promise<void> {
  await rm(at('deed'), { force: true });
  const hasBegun = existsSync(at(out, 'config.json'));
  const resumed = await start(out, ...(hasBegun ? ['--resume'] : [])).ended;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(summaryIn(resumed).fingerprint, undisturbed);
}

const statusOf = async (out: string) => JSON.parse(await readFile(at(out, 'status.json'), 'utf8'));

function requireSentence({ stderr, stdout }: Ended, sentence: RegExp): void {
  assert.match(stderr, sentence);
  assert.doesNotMatch(stderr, /\n\s+at |Node\.js v/, 'no stack');
  const last = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  assert.match(last.error.code, /^[A-Z_]+$/, 'a program reads the error too');
}

describe('A module that ends the process never makes a success of a run that is not finished', () => {
  const calls = /called process\.exit/;
  const deeds: [what: string, deed: string, code: number, sentence: RegExp, more?: string[]][] = [
    ['process.exit(0) in read', 'process.exit(0)', 2, calls],
    ['the same in the process that was started', 'process.exit(0)', 2, calls, ['--max-restarts', '0']],
    ['process.exit() from a timer', 'setTimeout(() => process.exit(), 1); return new Promise(() => {})', 1, calls],
    ['process.exit(5) in read', 'process.exit(5)', 2, /called process\.exit\(5\)/],
    [
      'an error without a listener',
      "setTimeout(() => { throw new Error('connection lost') }, 1)",
      1,
      /connection lost/,
    ],
    ['a rejection that nobody awaits', "void Promise.reject(new Error('connection lost'))", 1, /connection lost/],
    ['an end that Node does not tell of', 'process.reallyExit(0)', 1, /before it was done.*--resume/],
  ];
  for (const [i, [what, deed, code, sentence, more = []]] of deeds.entries()) {
    test(`${what} ends it with ${code}, a sentence, and the way on`, async () => {
      await writeFile(at('deed'), deed);
      const ended = await start(`deed${i}`, ...more).ended;
      assert.equal(ended.code, code, ended.stderr);
      requireSentence(ended, sentence);
      await requireWayOn(`deed${i}`);
    });
  }

  test('what a module leaves open does not keep the process when the run is finished', async () => {
    await writeFile(at('deed'), 'globalThis.open ??= setInterval(() => {}, 1000)');
    const ended = await start('open').ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(summaryIn(ended).fingerprint, undisturbed);
    await rm(at('deed'));
  });
});

describe('A module that never answers is left by one Ctrl-C, with a checkpoint of all that was trained', () => {
  const hang = "writeFileSync(at('hung'), '');";
  const hangs: [what: string, deed: string][] = [
    ['a read that waits for nothing', `${hang} return new Promise(() => {})`],
    ['a read that waits for a timer', `${hang} return new Promise(() => setInterval(() => {}, 1e6))`],
  ];
  for (const [i, [what, deed]] of hangs.entries()) {
    test(what, async () => {
      await rm(at('hung'), { force: true });
      await writeFile(at('deed'), deed);
      const { child, ended } = start(`hang${i}`);
      while (!existsSync(at('hung'))) await pause(50);
      await pause(300);
      const began = performance.now();
      for (const pid of [...(await childrenOf(child.pid as number)), child.pid as number]) kill(pid, 'SIGINT');
      assert.equal((await ended).code, 130);
      const seconds = (performance.now() - began) / 1000;
      assert.ok(seconds < 10, `it took ${seconds} s`);
      const { state, step } = await statusOf(`hang${i}`);
      assert.deepEqual([state, step >= 5], ['interrupted', true], `step ${step}`);
      assert.ok((await readdir(at(`hang${i}`, 'checkpoints'))).includes(`step-${String(step).padStart(8, '0')}.ckpt`));
      await requireWayOn(`hang${i}`);
    });
  }

  test('a source that never comes about, before anything is trained', async () => {
    await writeFile(
      at('never.mjs'),
      `import { writeFileSync } from 'node:fs';
export default () => { writeFileSync(new URL('begun', import.meta.url), ''); return new Promise(() => {}); };`,
    );
    const { child, ended } = start('never', '--set', 'data.source=never.mjs');
    while (!existsSync(at('begun'))) await pause(50);
    for (const pid of [...(await childrenOf(child.pid as number)), child.pid as number]) kill(pid, 'SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /nothing was written/);
    assert.ok(!existsSync(at('never')));
  });
});
