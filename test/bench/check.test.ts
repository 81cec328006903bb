import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareRatios, medianRatio } from '../../src/bench/check/check.js';
import { runProgram } from '../../src/cli/program.js';

test('a ratio is that of times of the same round', () => {
  assert.equal(medianRatio([2, 40, 8], [1, 20, 2]), 2, 'a round ten times as slow changes nothing');
});

test('a line regressed when it is slower than stored by more than the tolerance', () => {
  const baseline = { tolerance: 0.2, processor: '', ratios: { a: 1, b: 1, c: 1 } };
  const lines = compareRatios({ a: 1.19, b: 1.21, c: 0.5, d: 3 }, baseline);
  assert.deepEqual(
    lines.map(({ stored, regressed }) => [stored, regressed]),
    [
      [1, false],
      [1, true],
      [1, false],
      [null, false],
    ],
  );
});

test('ratios are stored, and a check against impossible ones ends with 1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-check-'));
  try {
    const baseline = join(folder, 'baseline.json');
    const args = ['bench', 'check', '--workload', 'tiny', '--steps', '1', '--rounds', '1', '--baseline', baseline];
    assert.equal(await runProgram(args), 2, 'there is no file yet');
    assert.equal(await runProgram([...args, '--update']), 0);
    const stored = JSON.parse(await readFile(baseline, 'utf8'));
    const ratios = Object.fromEntries(Object.keys(stored.ratios).map((name) => [name, 1e-9]));
    await writeFile(baseline, JSON.stringify({ ...stored, ratios }));
    assert.equal(await runProgram(args), 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
