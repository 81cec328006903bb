import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lower } from '../../src/coordinator/compiler/lower/index.js';
import { describeModel } from '../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import { withInitializersOf } from '../../src/coordinator/models/initializers.js';
import { readObjectives } from '../../src/coordinator/options/objectives.js';
import type { LayerConfig } from '../../src/index.js';
import { readGolden } from './cases.js';

/** A layer that Keras 3 has serialised becomes what the same layer in Lockstep's words becomes. */

interface Serialized {
  readonly title: string;
  readonly given: LayerConfig;
  /** The input and the layer, as `model.to_json()` has them. */
  readonly keras: readonly LayerConfig[];
}

const { layers } = readGolden<{ layers: Serialized[] }>('data/configs.json');

/** The lowered model, without the names that the two forms give to layers. */
function lowered(config: readonly LayerConfig[]) {
  const { model, topology } = modelFromLayers(config, 'model');
  const description = withInitializersOf(topology, describeModel(model));
  const { stages, parameters, states, measures } = lower(
    description,
    readObjectives({ loss: 'meanSquaredError' }, ['out']),
  );
  const unnamed = [...parameters, ...states].map(({ name: _, ...parameter }) => parameter);
  return { stages, measures, weights: unnamed };
}

describe('What Keras 3 serialises is taken:', () => {
  for (const { title, given, keras } of layers) {
    test(title, () => {
      assert.deepEqual(lowered(keras), lowered([given]));
    });
  }
});
