import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenModel } from '../../src/coordinator/models/open.js';
import { sgd } from '../../src/index.js';
import { LockstepError } from '../../src/shared/errors.js';
import { findAddon } from '../../src/shared/native/addon.js';
import type { EngineName } from '../../src/shared/protocol/messages.js';
import { type Golden, type GoldenCase, readFamilies } from '../golden/cases.js';
import { gradientScales, Worst } from '../golden/compare.js';
import { openGolden, RATE, weightedDataOf } from '../golden/subject.js';
import { InProcessRank } from './inProcess.js';

const TOLERANCE = 1e-5;

/** What the program engines compute, by case, is compared with an engine in which TensorFlow.js computes the model. */
export function goldenEngineTests(engine: 'tfjs' | 'tensorflow'): void {
  const standard: EngineName = findAddon().addon === null ? 'reference' : 'native';

  test(`${engine}: one-step gradients are those of ${standard} within ${TOLERANCE} for the golden models`, async (t) => {
    for (const { name, cases } of readFamilies()) {
      const family = new Worst();
      const refused: string[] = [];
      const compared = cases.filter(
        ({ given, expected }) => expected.after !== undefined && !saturated.has(given.title),
      );
      for (const { given, expected } of compared) {
        const worst = await orRefusal(() => compare(given, expected, standard, engine));
        if (worst instanceof Worst) family.see(worst.error, `${given.title}: ${worst.where}`);
        else refused.push(`${given.title}: ${worst.message}`);
      }
      t.diagnostic(`${name}: ${compared.length - refused.length} compared, worst relative error ${family}`);
      for (const sentence of refused) t.diagnostic(`refused: ${sentence}`);
      assert.ok(family.error < TOLERANCE, `${name}: relative error ${family}`);
    }
  });
}

/**
 * A saturated softmax or sigmoid: kernels take the loss of the logits, TensorFlow.js that of the probabilities, which are 0
 * and 1 there and have no gradient.
 */
const saturated = new Set(['binaryCrossentropy of logits far out', 'categoricalCrossentropy of logits far out']);

/** The worst error of a gradient or a moved weight. */
async function compare(given: GoldenCase, expected: Golden, standard: EngineName, engine: EngineName): Promise<Worst> {
  const [ours, theirs] = [await openGolden(given, expected, engine), await openGolden(given, expected, standard)];
  const [got, wanted] = [await step(ours, given, expected), await step(theirs, given, expected)];
  const scales = gradientScales(wanted.map(({ change, trained }) => ({ scale: trained ? largest(change) : 0 })));
  const worst = new Worst();
  wanted.forEach(({ name, change, trained }, i) => {
    const scale = (trained ? scales[i] : largest(change)) || 1;
    const errors = change.map((value, e) => Math.abs(got[i].change[e] - value) / scale);
    worst.see(largest(errors), name);
  });
  return worst;
}

/** The change of each weight in one step over the rate: minus the gradient, where it is trained. */
async function step(open: OpenModel, given: GoldenCase, expected: Golden) {
  const optimizer = sgd({ learningRate: RATE });
  const rank = await InProcessRank.attach({ ...open, engine: open.engine.name, optimizer, batchSize: given.rows });
  const before = rank.weights();
  await rank.run('train', weightedDataOf(given, expected));
  const trained = new Set(open.program.parameters.map(({ name }) => name));
  return rank.weights().map(({ name, values }, i) => {
    const change = values.map((value, e) => value - before[i].values[e]);
    return { name, trained: trained.has(name), change: trained.has(name) ? change.map((c) => c / RATE) : change };
  });
}

async function orRefusal<T>(work: () => Promise<T>): Promise<T | LockstepError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError && error.blame === 'user') return error;
    throw error;
  }
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isNaN(value) ? Number.NaN : Math.max(most, Math.abs(value))), 0);
}
