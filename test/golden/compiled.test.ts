import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findMetric } from '../../src/coordinator/options/names.js';
import { type DataSource, type EngineChoice, type LabelledData, type Logs, Trainer } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import { readGolden } from './cases.js';

/**
 * Models that Keras has compiled and serialised train with the losses, the weights' reductions, the metrics and the optimizer of
 * their `compile_config`: the logs of a batch and of an epoch of several, and the weights after it, are Keras's.
 */

interface Tensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Numbers = readonly (readonly number[])[];
type KerasLogs = Readonly<Record<string, number>>;

interface Compiled {
  readonly title: string;
  readonly model: { readonly class_name: string; readonly config: Record<string, unknown> };
  readonly x: Tensor;
  readonly y: readonly Tensor[];
  readonly sampleWeight: Tensor | null;
  readonly classWeight: Readonly<Record<string, number>> | null;
  readonly batchSize: number;
  readonly before: Numbers;
  readonly tested: KerasLogs;
  readonly fitted: KerasLogs;
  readonly after: Numbers;
}

const { cases } = readGolden<{ cases: Compiled[] }>('data/compiled.json');

const engines: readonly EngineChoice[] = ['reference', ...(findAddon().addon === null ? [] : (['native'] as const))];

const sourceOf = ({ shape, values }: Tensor): DataSource => ({ shape, values: Float32Array.from(values) });

function dataOf({ x, y, sampleWeight }: Compiled): LabelledData {
  const targets = y.map(sourceOf);
  return {
    x: sourceOf(x),
    y: targets.length === 1 ? targets[0] : targets,
    ...(sampleWeight !== null && { sampleWeight: sourceOf(sampleWeight) }),
  };
}

/** A trainer with nothing but what Keras says, and Keras's weights. */
async function open(given: Compiled, options: { engine: EngineChoice; workers: number }): Promise<Trainer> {
  const trainer = await Trainer.create(given.model, { ...options, shards: 4 });
  const weights = inLayerOrder(trainer).map((weight, i) => ({ ...weight, values: Float32Array.from(given.before[i]) }));
  await trainer.fit(dataOf(given), {
    callbacks: [{ onEpochBegin: (_, fit) => fit.stopTraining(), onTrainEnd: (_, fit) => fit.setWeights(weights) }],
  });
  return trainer;
}

async function fit(trainer: Trainer, given: Compiled): Promise<Logs> {
  const { batchSize, classWeight } = given;
  const options = { batchSize, shuffle: false, ...(classWeight !== null && { classWeight }) };
  const { history } = await trainer.fit(dataOf(given), options);
  return Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[0]]));
}

/** Metrics have their full names here; those that a model has given are its own. */
function nameOf(keras: string): string {
  const [, output = '', metric] = /^(left_|right_)?(.*)$/.exec(keras) as RegExpExecArray;
  return `${output}${findMetric(metric) ?? metric}`;
}

function assertLogs(found: Logs, right: KerasLogs, what: string): void {
  const named = Object.entries(right).map(([name, value]) => [nameOf(name), value] as const);
  assert.deepEqual(Object.keys(found).toSorted(), named.map(([name]) => name).toSorted());
  for (const [name, value] of named) assertClose([found[name]], [value], `${name} of ${what}`);
}

function assertClose(found: ArrayLike<number>, right: ArrayLike<number>, what: string): void {
  assert.equal(found.length, right.length, what);
  const scale = Math.max(1, ...Array.from(right, Math.abs));
  const error = Math.max(...Array.from(right, (value, i) => Math.abs(found[i] - value))) / scale;
  assert.ok(error <= 1e-5, `${what} is off Keras's by ${error}`);
}

describe('A model that Keras has compiled trains as it would in Keras:', () => {
  for (const given of cases) {
    for (const engine of engines) {
      test(`${given.title} (${engine})`, async () => {
        await using trainer = await open(given, { engine, workers: 1 });
        assertLogs(await trainer.testOnBatch(dataOf(given)), given.tested, 'a batch');
        assertLogs(await fit(trainer, given), given.fitted, 'an epoch');
        for (const [i, { name, values }] of inLayerOrder(trainer).entries()) assertClose(values, given.after[i], name);
      });
    }
  }
});

describe('The number of workers changes no bit of it:', () => {
  for (const given of cases.filter(({ sampleWeight, classWeight }) => sampleWeight !== null || classWeight !== null)) {
    test(given.title, async () => {
      await using alone = await open(given, { engine: engines[engines.length - 1], workers: 1 });
      const right = [await fit(alone, given), alone.fingerprint()];
      for (const workers of [2, 5]) {
        await using trainer = await open(given, { engine: engines[engines.length - 1], workers });
        assert.deepEqual([await fit(trainer, given), trainer.fingerprint()], right, `${workers} workers`);
      }
    });
  }
});

describe('TensorFlow.js computes the same, where no mask reaches the loss:', () => {
  const weighted = cases.filter(({ sampleWeight, classWeight }) => sampleWeight !== null || classWeight !== null);
  for (const given of weighted.filter(({ title }) => !title.includes('masked'))) {
    test(given.title, async () => {
      await using trainer = await open(given, { engine: 'tfjs', workers: 2 });
      assertLogs(await fit(trainer, given), given.fitted, 'an epoch');
      for (const [i, { name, values }] of inLayerOrder(trainer).entries()) assertClose(values, given.after[i], name);
    });
  }
});
