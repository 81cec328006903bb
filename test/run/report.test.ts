import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseConfig } from '../../src/run/config/read.js';
import { chosenSettings, differingSettings } from '../../src/run/report/differences.js';
import { html, scriptData, table } from '../../src/run/report/html.js';
import type { ValidationFacts } from '../../src/run/report/validation.js';
import { renderReport } from '../../src/run/report/write.js';
import { train } from '../../src/run/train.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  for (const [name, learningRate] of [
    ['a', 0.01],
    ['b', 0.1],
  ] as const) {
    const config = pointsConfig(runs.csv, { run: { out: join(runs.folder, name) } });
    await train({ ...config, compile: { ...config.compile, optimizer: { name: 'adam', learningRate } } as never });
  }
});
after(() => runs.remove());

const report = async (): Promise<string> => readFile(join(runs.folder, 'a', 'report.html'), 'utf8');

describe('A finished run has a report', () => {
  test('that needs nothing but itself', async () => {
    const page = await report();
    const addresses = [...page.matchAll(/(?:src|href)\s*=\s*"([^"]*)"/g)].map(([, address]) => address);
    assert.deepEqual(addresses, []);
    assert.match(page, /default-src 'none'/);
  });

  test('with the curves of metrics.jsonl', async () => {
    const [, data = ''] = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(await report()) ?? [];
    const lines = (await readFile(join(runs.folder, 'a', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const epochs = lines.map((line) => JSON.parse(line));
    const [loss] = JSON.parse(data);
    assert.deepEqual(
      loss.series.map(({ values }: { values: number[] }) => values),
      [epochs.map(({ loss: value }) => value), epochs.map(({ val_loss }) => val_loss)],
    );
  });

  test('with how its model does on the validation rows, as confusion matrix and evaluate count them', async () => {
    const facts: ValidationFacts = JSON.parse(await readFile(join(runs.folder, 'a', 'validation.json'), 'utf8'));
    const lines = (await readFile(join(runs.folder, 'a', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const { val_accuracy } = JSON.parse(lines.at(-1) as string);
    const right = facts.confusions.reduce((sum, row, i) => sum + row[i], 0);
    const all = facts.confusions.flat().reduce((sum, count) => sum + count, 0);
    assert.equal(all, facts.rows);
    assert.equal(right / all, val_accuracy);
    assert.equal(
      facts.calibration.reduce((sum, { rows }) => sum + rows, 0),
      facts.rows,
    );
    const share = facts.calibration.reduce((sum, { rows, right: part }) => sum + rows * part, 0) / facts.rows;
    assert.ok(Math.abs(share - val_accuracy) < 1e-12);
    assert.equal(facts.worst.length, Math.min(12, all - right));
  });

  test('with what made it', async () => {
    const page = await report();
    const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
    const log = await readFile(join(runs.folder, 'a', 'log.jsonl'), 'utf8');
    const summary = log.split('\n').map((line) => (line === '' ? {} : JSON.parse(line)));
    const { fingerprint } = summary.find(({ msg }) => msg === 'run finished').summary;
    for (const text of [fingerprint, process.version, version, 'lockstep train']) assert.ok(page.includes(text), text);
  });
});

test('Several runs are compared, the best first, with the settings that differ', async () => {
  const page = await renderReport([join(runs.folder, 'a'), join(runs.folder, 'b')]);
  assert.match(page, /compile\.optimizer\.learningRate<\/th><td[^>]*>0\.01<\/td><td[^>]*>0\.1</);
  const [, data = ''] = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page) ?? [];
  const names = JSON.parse(data)[0].series.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ['a', 'a, validation', 'b', 'b, validation']);
});

test('What is no run is refused', async () => {
  await assert.rejects(renderReport([runs.csv]), { code: 'NO_RUN', message: /is no run directory/ });
});

test('Settings are told from their defaults, and those that must be given', () => {
  const config = parseConfig(pointsConfig(runs.csv, { fit: { epochs: 7, batchSize: 32 } }));
  const found = new Map(chosenSettings(config).map(({ path, value, standard }) => [path, [value, standard]]));
  assert.deepEqual(found.get('fit.epochs'), ['7', '1']);
  assert.equal(found.has('fit.batchSize'), false);
  assert.equal(found.get('data.csv')?.[1], 'must be given');
  const other = parseConfig(pointsConfig(runs.csv, { fit: { epochs: 8, batchSize: 32 } }));
  assert.deepEqual(differingSettings([config, other]), [['fit.epochs', ['7', '8']]]);
});

test('Names and texts of users cannot become part of the page', () => {
  const name = '</script><img src=x onerror=alert(1)>&"\'';
  assert.equal(html`<p title="${name}">${name}</p>`.text.includes('<img'), false);
  assert.equal(html`<p title="${name}"></p>`.text.includes('&"'), false);
  assert.equal(scriptData({ name }).text.includes('<'), false);
  assert.equal(JSON.parse(scriptData({ name }).text).name, name);
  assert.equal(table(name, [name], [[name]]).text.includes('<img'), false);
});
