import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../../src/coordinator/options/optimizers.js';
import { type EngineChoice, LockstepError, type OptimizerSpec, type Trainer } from '../../src/index.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import { type Golden, type GoldenCase, type GoldenTensor, type GoldenWeight, readGolden } from './cases.js';
import { tensorError, Worst } from './compare.js';
import { dataOf, openSubject } from './subject.js';

/** Ten steps of every optimizer change the weights as Keras 3 changes them. */

interface OptimizerCase {
  readonly title: string;
  readonly optimizer: { readonly name: OptimizerSpec['kind'] };
  /** Another model than the usual one. */
  readonly layers?: GoldenCase['layers'];
}

/** What Keras made of it: the change of each weight. */
interface Changed {
  readonly title: string;
  readonly weights: readonly GoldenWeight[];
  readonly changes: readonly GoldenTensor[];
}

/** Relative to the largest change of its weight; a change is a difference of float32 weights. */
const TOLERANCE = 3e-5;

const ROWS = 11;
const layers = [
  { type: 'Dense', units: 4, activation: 'tanh', inputShape: [5] },
  { type: 'Dense', units: 2 },
];
const outputs = [{ shape: [ROWS, 2], scale: 0, sum: 0, norm: 0, values: [] }];

const engines: readonly EngineChoice[] = ['reference', 'native'];
const given = readGolden<OptimizerCase[]>('generate/optimizers.json');
const stored = readGolden<{ made: Record<string, string>; steps: number; cases: Changed[] }>('data/optimizers.json');

test(`optimizers: ${stored.steps} steps change weights as in Keras within ${TOLERANCE}`, async (t) => {
  const worst = new Worst();
  for (const [i, one] of given.entries()) {
    for (const engine of engines) {
      await t.test(`${one.title} (${engine})`, async (t) => {
        const found = await compare(one, stored.cases[i], engine);
        if (found === null) return t.skip('there are no native kernels here');
        worst.see(found.error, `${one.title} (${engine}): ${found.where}`);
        assert.ok(found.error < TOLERANCE, `relative error ${found}`);
      });
    }
  }
  t.diagnostic(`optimizers: worst relative error ${worst} (Keras ${stored.made.keras})`);
});

async function compare(one: OptimizerCase, changed: Changed, engine: EngineChoice): Promise<Worst | null> {
  assert.equal(changed?.title, one.title, 'no values are stored for it; make them anew as README.md tells');
  const model: GoldenCase = { title: one.title, layers: one.layers ?? layers, rows: ROWS };
  const golden: Golden = { ...changed, outputs, loss: 0, metrics: [] };
  const opened = await open(model, golden, engine, one.optimizer);
  if (opened === null) return null;
  await using trainer = opened;
  const before = inLayerOrder(trainer);
  await trainer.fit(dataOf(model, golden), { epochs: stored.steps, batchSize: ROWS, shuffle: false });
  const worst = new Worst();
  inLayerOrder(trainer).forEach(({ name, values }, i) => {
    const change = values.map((value, e) => value - before[i].values[e]);
    worst.see(tensorError(change, changed.changes[i]), name);
  });
  return worst;
}

async function open(
  model: GoldenCase,
  golden: Golden,
  engine: EngineChoice,
  { name, ...options }: OptimizerCase['optimizer'],
): Promise<Trainer | null> {
  try {
    return await openSubject(model, golden, engine, read(name, options));
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'NATIVE_MISSING') return null;
    throw error;
  }
}
