import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type LayerConfig, type ModelSource, Trainer, type TrainerOptions } from '../../../src/index.js';
import { registeredNames } from '../../../src/shared/tfjs/discard.js';
import { tfc, tfl } from '../../../src/shared/tfjs/tfjs.js';
import { graphCases } from '../../helpers/graphs.js';
import { cases } from '../../helpers/models.js';

const wrapped: LayerConfig[] = [
  { type: 'Bidirectional', layer: { type: 'LSTM', units: 3, returnSequences: true }, inputShape: [4, 2] },
  { type: 'TimeDistributed', layer: { type: 'Dense', units: 2 } },
];

/** A model that holds another one. */
function nested() {
  const inner = tfl.sequential({ name: 'inner', layers: [tfl.layers.dense({ name: 'd', units: 3, inputShape: [2] })] });
  return tfl.sequential({ name: 'outer', layers: [inner, tfl.layers.dense({ name: 'top', units: 1 })] });
}

const options: TrainerOptions = { optimizer: 'adam', loss: 'meanSquaredError', workers: 1, engine: 'reference' };

describe('Models that Lockstep builds leave no name behind in TensorFlow.js', () => {
  const sources: [title: string, model: readonly LayerConfig[] | (typeof graphCases)[number]['model'], loss: string][] =
    [
      ...cases.map(({ title, layers, loss }): (typeof sources)[number] => [title, layers, loss]),
      ...graphCases.map(({ title, model, loss }): (typeof sources)[number] => [title, model, String(loss)]),
      ['layers within layers', wrapped, 'meanSquaredError'],
    ];
  for (const [title, model, loss] of sources) {
    test(`${title}, built again and again`, async () => {
      const describeModel = () => Trainer.describe(model, { ...options, loss: loss as TrainerOptions['loss'] });
      await describeModel();
      const [names, tensors] = [sizeOfNames(), tfc.memory().numTensors];
      for (let again = 0; again < 8; again++) await describeModel();
      assert.deepEqual([sizeOfNames(), tfc.memory().numTensors], [names, tensors]);
    });
  }

  test('loaded from a file and resumed from a checkpoint, also with a model within', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    const [path, saved] = [join(folder, 'a.ckpt'), join(folder, 'saved')];
    const open = async (model: ModelSource): Promise<void> => {
      await using trainer = await Trainer.create(model, options);
      await trainer.save(saved);
      await trainer.checkpoint(path);
    };
    const again = async (): Promise<void> => {
      await open(saved);
      await using _ = await Trainer.resume(path, { workers: 1 });
    };
    try {
      await open(nested());
      await again();
      const names = sizeOfNames();
      for (let round = 0; round < 4; round++) await again();
      assert.equal(sizeOfNames(), names);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test('A model of the user keeps its names, whatever is built and freed beside it', async () => {
  const before = nested();
  const values = before.predict(tfc.ones([1, 2])).toString();
  await Trainer.describe(before, options);
  await Trainer.describe([{ type: 'Dense', name: 'd', units: 3, inputShape: [2] }], options);
  const after = [nested(), nested()];
  const names = [before, ...after].flatMap(({ weights }) => weights.map(({ name }) => name));
  assert.equal(new Set(names).size, names.length);
  assert.equal(before.predict(tfc.ones([1, 2])).toString(), values);
});

/** Names that TensorFlow.js remembers. */
function sizeOfNames(): number {
  assert.ok(registeredNames !== null, 'TensorFlow.js keeps its names elsewhere than before');
  return registeredNames.size;
}
