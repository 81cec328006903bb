import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { evaluateRows } from '../../src/run/data/batched.js';
import { train } from '../../src/run/train.js';
import { labelledRowsFor, openTrained, type TrainedOptions } from '../../src/run/trained.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** `preprocessing.json` of a run may have been changed, or be anybody's. */

let place: Awaited<ReturnType<typeof makeRunFolder>>;
let kept: Readonly<Record<string, unknown>>;
let file: string;
const run = (): string => join(place.folder, 'run');
const config = () => pointsConfig(place.csv, { data: { csv: place.csv, standardize: true }, run: { out: run() } });

before(async () => {
  place = await makeRunFolder();
  await train(config());
  file = join(run(), 'preprocessing.json');
  kept = JSON.parse(await readFile(file, 'utf8'));
});
after(() => place.remove());

async function lossOf(options: TrainedOptions = {}): Promise<number> {
  const trained = await openTrained(run(), options);
  await using trainer = trained.trainer;
  return (await evaluateRows(trainer, await labelledRowsFor(trained, place.csv), 32)).loss;
}

const standardize = { kind: 'standardize', mean: [0, 0], deviation: [1, 1] };
/** The whole file. */
const contents: [what: string, content: unknown, told: RegExp][] = [
  ['null', null, /its content is null/],
  ['a text', 'kept', /its content is "kept"/],
  ['a list', [1], /its content is/],
  ['nothing', {}, /label is missing/],
  ['a digest alone', { digest: 'x' }, /label is missing/],
  ['rows of no number', { rows: 'many' }, /label is missing/],
];

/** What stands in it in place of the run's own. */
const changes: [what: string, change: object, told: RegExp][] = [
  ['no shape', { shape: null }, /shape is null/],
  ['a shape of texts', { shape: ['2'] }, /shape\.0 is "2", but has to be a whole number of at least 1/],
  ['columns that are none', { columns: { length: 2 } }, /columns is .*, but has to be a list of names/],
  ['a scaling that is none', { scaling: null }, /scaling is null/],
  ['a scaling of another kind', { scaling: { kind: 'log' } }, /scaling.* has to be a way to scale/],
  [
    'a mean of one column alone',
    { scaling: { ...standardize, mean: [0] } },
    /has to be a mean and a deviation for each/,
  ],
  ['a deviation of 0', { scaling: { ...standardize, deviation: [1, 0] } }, /scaling\.deviation\.1 is 0/],
  ['a mean that is a text', { scaling: { ...standardize, mean: ['0', 0] } }, /scaling\.mean\.0 is "0"/],
  ['a delimiter of two', { delimiter: '::' }, /delimiter is "::", but has to be one character/],
  ['a label that is none', { label: {} }, /label is .*, but has to be a column/],
  ['one class', { classes: ['above'] }, /classes is .*, but has to be a list of at least two class names/],
  ['another target', { target: 'guess' }, /target is "guess"/],
];

describe('What a run stored of its data is refused in one sentence where it cannot be', () => {
  const changed = changes.map(([what, change, told]) => [what, () => ({ ...kept, ...change }), told] as const);
  const whole = contents.map(([what, content, told]) => [what, () => content, told] as const);
  for (const [what, content, message] of [...whole, ...changed]) {
    test(what, async () => {
      await writeFile(file, JSON.stringify(content()));
      const told = { code: 'RUN_UNREADABLE', message };
      await assert.rejects(openTrained(run()), told);
      await assert.rejects(train(config(), { resume: true }), told);
    });
  }
});

test('As it was, or without it by the config of the run, it is judged as before', async () => {
  await writeFile(file, JSON.stringify(kept));
  const loss = await lossOf();
  await rm(file);
  assert.equal(await lossOf({ config: join(run(), 'config.json') }), loss);
});
