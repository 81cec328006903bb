import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Ended, startLockstep, summaryIn } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** Rows that a module of the user's gives, `data.source`, over the real command line. */

/**
 * The points of the CSV file as a source. While there is a file `broken`, row 17 can be had as often as that file says, and
 * then no more. Each process that imports it adds a line to `imports`.
 */
const ROWS = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const at = (name) => new URL(name, import.meta.url);
appendFileSync(at('imports'), process.pid + '\\n');
const points = readFileSync(at('points.csv'), 'utf8').trim().split('\\n').slice(1).map((line) => line.split(','));
let given = 0;
export default {
  rows: points.length,
  async read(rows) {
    if (rows.includes(17) && existsSync(at('broken')) && given++ >= Number(readFileSync(at('broken'), 'utf8'))) {
      throw new Error('the disk is gone');
    }
    const chosen = Array.from(rows, (row) => points[row]);
    return {
      x: chosen.map(([a, b]) => [Number(a), Number(b)]),
      y: chosen.map(([, , side]) => Number(side === 'below')),
    };
  },
};
`;

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
let undisturbed: string;
const at = (...names: string[]): string => join(runs.folder, ...names);
const lockstep = (...args: string[]): Promise<Ended> => startLockstep(runs.folder, ...args).ended;
const fit = { epochs: 4, batchSize: 7, classWeight: { 1: 2 } };

before(async () => {
  runs = await makeRunFolder();
  await writeFile(at('rows.mjs'), ROWS);
  const table = { csv: 'points.csv', validation: 'points.csv' };
  const source = { source: 'rows.mjs', validation: 'rows.mjs' };
  await writeFile(at('table.json'), JSON.stringify(pointsConfig('', { data: table, fit })));
  await writeFile(at('points.json'), JSON.stringify(pointsConfig('', { data: source, fit })));
  undisturbed = summaryIn(await lockstep('train', 'table.json', '--json', '--out', 'table')).fingerprint;
});
after(() => runs.remove());

const statusOf = async (out: string) => JSON.parse(await readFile(at(out, 'status.json'), 'utf8'));

/** Values of the fourth epoch. */
async function lastEpoch(out: string): Promise<number[]> {
  const { loss, accuracy, val_loss, val_accuracy } = JSON.parse(
    (await readFile(at(out, 'metrics.jsonl'), 'utf8')).split('\n')[3],
  );
  return [loss, accuracy, val_loss, val_accuracy];
}

describe('A run on a source', () => {
  test('has the bits of the same rows in a table, validated and weighted alike', async () => {
    const ended = await lockstep('train', 'points.json', '--json', '--out', 'whole');
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    assert.equal(summaryIn(ended).fingerprint, undisturbed);
    const [ofTable, ofSource] = await Promise.all(['table', 'whole'].map(lastEpoch));
    assert.deepEqual(ofSource, ofTable);
    assert.ok(ofSource.every((value: number) => value > 0));
  });

  test('is evaluated and predicts with a module of rows too; a table is refused, as nobody said how to read it', async () => {
    const evaluated = await lockstep('evaluate', 'whole', '--data', 'rows.mjs', '--json');
    const ofTable = await lockstep('evaluate', 'table', '--data', 'points.csv', '--json');
    const [{ loss, rows }, expected] = [evaluated, ofTable].map(({ stdout }) => JSON.parse(stdout));
    assert.deepEqual({ loss, rows }, { loss: expected.loss, rows: 40 });
    const predicted = await lockstep('predict', 'whole', '--data', 'rows.mjs', '--out', 'predictions.csv');
    assert.equal(predicted.stdout, '40 predictions written to predictions.csv\n');
    assert.match(await readFile(at('predictions.csv'), 'utf8'), /^output 0\n([\d.e-]+\n){40}$/);
    const refused = await lockstep('evaluate', 'whole', '--data', 'points.csv');
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /^lockstep: .* how to read points\.csv for it is not known; give --data a module.*\n$/,
    );
    const configured = await lockstep('evaluate', 'whole', '--data', 'points.csv', '--config', 'table.json', '--json');
    assert.equal(JSON.parse(configured.stdout).loss, loss);
  });

  test('is inspected without running the module', async () => {
    const imports = await readFile(at('imports'), 'utf8');
    for (const target of ['points.json', 'whole']) {
      const { code, stdout } = await lockstep('inspect', target, '--json');
      assert.deepEqual([code, JSON.parse(stdout).facts.data], [0, 'rows.mjs']);
    }
    assert.equal(await readFile(at('imports'), 'utf8'), imports);
  });
});

describe('A source that fails half-way', () => {
  test('ends the run once, with a checkpoint and a sentence; mended, it goes on with other workers to the same bits', async () => {
    await writeFile(at('broken'), '2');
    await rm(at('imports'), { force: true });
    const failed = await lockstep('train', 'points.json', '--json', '--out', 'failing');
    const sentence =
      /^lockstep: DATA_FAILED: Row 17 of the data source cannot be read: the disk is gone\. Training ended after step (\d+), which is checkpointed in failing; mend the source and go on with: lockstep train failing --resume\n$/;
    assert.match(failed.stderr, sentence);
    const step = Number(sentence.exec(failed.stderr)?.[1]);
    assert.equal(failed.code, 2);
    // Twice it was had: for the validation, which is read first, and in the first epoch of six steps.
    assert.ok(step >= 6 && step < 12, `it ended after step ${step}`);
    const { state, error, step: noted } = await statusOf('failing');
    assert.deepEqual([state, error.code, noted], ['failed', 'DATA_FAILED', step]);
    assert.ok((await readdir(at('failing', 'checkpoints'))).includes(`step-${String(step).padStart(8, '0')}.ckpt`));
    assert.equal((await readFile(at('imports'), 'utf8')).trim().split('\n').length, 1, 'it was started again');

    await writeFile(at('broken'), '1');
    const again = await lockstep('train', 'failing', '--resume', '--json');
    assert.deepEqual([again.code, again.stderr], [2, failed.stderr], 'what is not mended fails as before');

    await rm(at('broken'));
    const resumed = await lockstep('train', 'failing', '--resume', '--json', '--workers', '3');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(summaryIn(resumed).fingerprint, undisturbed);
  });

  test('in the first step leaves nothing behind', async () => {
    await writeFile(at('broken'), '0');
    const { code, stderr } = await lockstep(
      'train',
      'points.json',
      '--out',
      'barren',
      '--batch-size',
      '40',
      '--set',
      'data.validation=null',
    );
    await rm(at('broken'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^lockstep: Row 17 of the data source .*disk is gone\. No step was trained, so nothing is kept; .*\n$/,
    );
    assert.equal((await readdir(runs.folder)).includes('barren'), false);
  });

  test('may have moved when the run goes on, but must have as many rows', async () => {
    const short = await lockstep('train', 'points.json', '--json', '--out', 'moved', '--epochs', '2');
    assert.equal(short.code, 0, short.stderr);
    await copyFile(at('rows.mjs'), at('mended.mjs'));
    const resume = (...more: string[]) => lockstep('train', 'moved', '--resume', '--json', '--epochs', '4', ...more);
    await writeFile(at('fewer.mjs'), ROWS.replace('points.length', '39'));
    const fewer = await resume('--set', 'data.source=fewer.mjs');
    assert.equal(fewer.code, 2);
    assert.match(
      fewer.stderr,
      /fewer\.mjs has 39 rows, but the run in moved was started with 40; restore it, or leave/,
    );
    const table = await resume(
      '--set',
      'data.source=null',
      '--set',
      'data.csv=points.csv',
      '--set',
      'data.validation=null',
    );
    assert.match(table.stderr, /data\.from is "csv", but the run in moved was started with "source"/);
    const moved = await resume('--set', 'data.source=mended.mjs');
    assert.equal(moved.code, 0, moved.stderr);
    assert.equal(summaryIn(moved).fingerprint, undisturbed);
  });
});

describe('A module that gives no rows ends with 2 and one sentence before anything is written', () => {
  const table: [what: string, name: string, text: string, message: RegExp][] = [
    ['is not there', 'nowhere.mjs', '', /nowhere\.mjs cannot be imported: there is no such file/],
    ['is a table', 'points.csv', '', /points\.csv is no module; give a \.js/],
    ['cannot be parsed', 'broken.mjs', 'export default {', /broken\.mjs cannot be imported: Unexpected end of input/],
    ['throws', 'thrower.mjs', 'throw new Error("no driver");', /thrower\.mjs cannot be imported: no driver/],
    ['exports nothing', 'nothing.mjs', '', /nothing\.mjs has no default export; write "export default \{ rows, read/],
    [
      'exports no read',
      'unread.mjs',
      'export default { rows: 3 };',
      /unread\.mjs exports no source: read is no function/,
    ],
    ['exports a null', 'null.mjs', 'export default null;', /null\.mjs exports no source/],
    ['has no rows', 'none.mjs', 'export default { rows: 0, read() {} };', /none\.mjs has rows 0; give how many/],
    [
      'fails to open',
      'closed.mjs',
      'export default async () => { throw new Error("the server is down"); };',
      /The default function of .*closed\.mjs failed: the server is down; mend it/,
    ],
  ];
  for (const [what, name, text, message] of table) {
    test(what, async () => {
      if (text !== '' || name === 'nothing.mjs') await writeFile(at(name), text);
      const { code, stdout, stderr } = await lockstep('train', 'points.json', '--set', `data.source=${name}`);
      assert.match(stderr, message);
      assert.match(stderr, /^lockstep: .*\n$/, 'one line, without a stack');
      assert.deepEqual([code, stdout], [2, '']);
    });
  }

  test('to validate on', async () => {
    await writeFile(at('sour.mjs'), 'export default { rows: 2, read() { throw new Error("gone sour"); } };');
    const { code, stderr } = await lockstep('train', 'points.json', '--set', 'data.validation=sour.mjs');
    assert.equal(code, 2);
    assert.match(stderr, /^lockstep: The rows of .*sour\.mjs cannot be read: gone sour; mend the source\.\n$/);
  });

  test('and leaves no run behind', async () => {
    assert.equal((await readdir(runs.folder)).includes('runs'), false);
  });
});

test('A default function may open what the source reads', async () => {
  await writeFile(
    at('opened.mjs'),
    `${ROWS.replace('export default {', 'const source = {')}export default async () => source;\n`,
  );
  const ended = await lockstep('train', 'points.json', '--json', '--out', 'opened', '--set', 'data.source=opened.mjs');
  assert.equal(summaryIn(ended).fingerprint, undisturbed, ended.stderr);
});
