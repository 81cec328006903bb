import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderBudget } from '../../src/bench/all/budget.js';
import { fillPage } from '../../src/bench/all/page.js';
import type { Results } from '../../src/bench/all/runs.js';
import type { Contestant } from '../../src/bench/peers/contestants.js';
import type { StepFigures } from '../../src/bench/step.js';
import { summarize } from '../../src/bench/summary.js';
import { packageRoot } from '../../src/shared/packageRoot.js';

const machine = { processor: 'a processor', cores: 2, system: 'a system', node: 'v20' };
const reduce = { machine, engine: 'native', rounds: 1, figures: [], skipped: [], othersBusy: 0 };
const ran = { command: 'lockstep bench reduce', began: '2026-01-02T03:04:05Z' };
const results: Results = { reduce: { ...ran, report: reduce } };

test('a section of the page is replaced by the text of its benchmark, and nothing else changes', () => {
  const page = 'before\n<!-- reduce -->\nold\n<!-- /reduce -->\nbetween\n<!-- step -->\nkept\n<!-- /step -->\n';
  const filled = fillPage(page, results);
  assert.match(filled, /^before\n<!-- reduce -->\n\n`lockstep bench reduce`, 2026-01-02:\n\n```text\na processor, /);
  assert.match(filled, /```\n\n<!-- \/reduce -->\nbetween\n<!-- step -->\nkept\n<!-- \/step -->\n$/);
  assert.doesNotMatch(filled, /old/);
  assert.equal(fillPage(filled, results), filled, 'filling twice is filling once');
});

test('a section that no benchmark fills is an error that names those there are', () => {
  assert.throws(
    () => fillPage('<!-- stepp -->\n<!-- /stepp -->', results),
    /section stepp; sections are budget, kernels/,
  );
});

const step = (workers: number, shards: number, median: number): StepFigures => ({
  workers,
  shards,
  engine: 'native',
  time: summarize([median]),
  samplesPerSecond: 1,
  gigaflops: 60,
  peak: 100,
  loss: 1,
  phases: [],
});
const contestant = (library: string, ratio: number, agrees = true): Contestant => ({
  library,
  setting: 'eager',
  threads: 2,
  time: summarize([ratio]),
  firstLoss: 1,
  finalLoss: 1,
  agrees,
  ratio,
  idleShare: 0,
});

test('each goal of the budget is met, or short, by what was measured', () => {
  const contestants = [contestant('Lockstep', 1), contestant('Fast', 0.5, false), contestant('Slow', 1.5)];
  const head = { title: '', batchSize: 1, stepsPerRound: 1, rounds: 1, othersBusy: 0 };
  const reports = [{ workload: 'mlp', ...head, contestants, absent: [] }];
  const configurations = [step(1, 8, 19), step(2, 8, 10), step(2, 2, 10)];
  const table = renderBudget({
    peers: { ...ran, report: { machine, reports } },
    step: { ...ran, report: { machine, reports: [{ workload: 'mlp', ...head, gigaflopPerStep: 1, configurations }] } },
  });
  const row = (start: string): string => table?.split('\n').find((line) => line.startsWith(`| ${start}`)) ?? '';
  assert.match(row('mlp: the fastest peer'), /≥ 2× +\| 1\.50× \(Slow, eager\) +\| short \|/);
  assert.match(row('mlp: share of the FMA peak'), /≥ 65 % +\| 60 % +\| short \|/);
  assert.match(row('mlp: from one worker to 2'), /≥ 1\.9× +\| 1\.90× +\| met +\|/);
  assert.match(row('mlp: 8 shards'), /≤ 1\.05× +\| 1\.00× +\| met +\|/);
  assert.match(row('cnn: the fastest peer'), /not measured/);
  assert.equal(renderBudget(results), null);
});

test('the page of the documentation says what its results say', async () => {
  const folder = join(packageRoot(import.meta.url), 'docs');
  const page = await readFile(join(folder, 'benchmarks.md'), 'utf8');
  const stored = JSON.parse(await readFile(join(folder, 'benchmarks', 'results.json'), 'utf8')) as Results;
  assert.equal(fillPage(page, stored), page, 'npm run bench:docs brings them together');
});
