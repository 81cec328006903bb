import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DataSource, Trainer, type Weight } from '../../src/index.js';
import { inLayerOrder } from '../helpers/layerOrder.js';
import { readGolden } from './cases.js';

/**
 * Models as `model.to_json()` has them, one of each kind that scripts/compare-keras draws, with what Keras makes of them and of their
 * `compile_config`: outputs, losses, and the weights after a step of SGD(1).
 */

interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: readonly number[];
}

type Weights = Readonly<Record<string, readonly (readonly number[])[]>>;

interface Serialized {
  readonly kind: string;
  readonly model: { readonly class_name: string; readonly config: Record<string, unknown> };
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly targets: readonly Tensor[];
  readonly sampleWeight: Tensor | null;
  readonly weights: Weights;
  readonly outputs: readonly Tensor[];
  readonly loss: number;
  readonly trained: { readonly loss: number; readonly weights: Weights };
}

const { cases } = readGolden<{ cases: Serialized[] }>('data/serialized.json');

const sourceOf = ({ shape, dtype, values }: Tensor): DataSource => ({
  shape,
  values: dtype.startsWith('int') ? Int32Array.from(values) : Float32Array.from(values),
});

/** Weights with Keras's values, which stand by layer in the order of its weights. */
function withValues(weights: readonly Weight[], byLayer: Weights): Weight[] {
  const left = new Map(Object.entries(byLayer).map(([layer, values]) => [layer, [...values]]));
  return weights.map((weight) => {
    const layer = [...left.keys()].find((name) => weight.name.startsWith(`${name}/`)) ?? '';
    return { ...weight, values: Float32Array.from(left.get(layer)?.shift() ?? []) };
  });
}

function assertClose(found: ArrayLike<number>, right: ArrayLike<number>, what: string): void {
  assert.equal(found.length, right.length, what);
  const scale = Math.max(1, ...Array.from(right, Math.abs));
  const error = Math.max(...Array.from(right, (value, i) => Math.abs(found[i] - value))) / scale;
  assert.ok(error <= 1e-5, `${what} is off Keras's by ${error}`);
}

describe('A model that Keras 3.15.1 has serialised makes and learns what it does in Keras:', () => {
  for (const { kind, model, inputs, targets, sampleWeight, weights, outputs, loss, trained } of cases) {
    test(kind, async () => {
      const y = targets.map(sourceOf);
      const data = {
        x: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, sourceOf(tensor)])),
        y: y.length === 1 ? y[0] : y,
        ...(sampleWeight !== null && { sampleWeight: sourceOf(sampleWeight) }),
      };
      const trainer = await Trainer.create(model, { workers: 1 });
      try {
        const given = withValues(inLayerOrder(trainer), weights);
        await trainer.fit(data, {
          callbacks: [{ onEpochBegin: (_, fit) => fit.stopTraining(), onTrainEnd: (_, fit) => fit.setWeights(given) }],
        });
        const made = [await trainer.predict({ x: data.x })].flat();
        for (const [i, { values }] of made.entries()) assertClose(values, outputs[i].values, `output ${i}`);
        assertClose([(await trainer.testOnBatch(data)).loss], [loss], 'the loss');
        assertClose([(await trainer.trainOnBatch(data)).loss], [trained.loss], 'the loss in training');
        const after = withValues(inLayerOrder(trainer), trained.weights);
        for (const [i, { name, values }] of inLayerOrder(trainer).entries()) assertClose(values, after[i].values, name);
      } finally {
        await trainer.close();
      }
    });
  }
});
