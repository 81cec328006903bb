import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LabelledData, type LayerConfig, sgd, Trainer, type Weight } from '../../src/index.js';
import { Draws } from '../../src/shared/random/rng.js';
import { assertClose, centralDifferences } from '../helpers/finiteDifferences.js';

/** Every way in which a wrapper joins outputs and states has the gradient that finite differences find. */

const STEPS = 3;
const ROWS = 4;

interface Wrapping {
  readonly title: string;
  readonly layer: LayerConfig;
  /** Shapes of one row of each output. */
  readonly outputs: readonly (readonly number[])[];
  readonly masked: boolean;
}

function bidirectionals(cell: string, states: number): Wrapping[] {
  const options = [null, 'concat', 'sum', 'ave', 'mul'].flatMap((mergeMode) =>
    [false, true].flatMap((returnSequences) =>
      [false, true].flatMap((returnState) =>
        [false, true].map((masked) => ({ mergeMode, returnSequences, returnState, masked })),
      ),
    ),
  );
  return options.map(({ mergeMode, returnSequences, returnState, masked }) => {
    const width = mergeMode === 'concat' ? 4 : 2;
    const main = returnSequences ? [STEPS, width] : [width];
    const layer = { type: cell, units: 2, returnSequences, returnState };
    return {
      title: `${cell}, ${mergeMode}${returnSequences ? ', sequences' : ''}${returnState ? ', state' : ''}${masked ? ', masked' : ''}`,
      layer: { type: 'Bidirectional', name: 'wrapped', mergeMode, layer },
      outputs: [
        ...Array.from({ length: mergeMode === null ? 2 : 1 }, () => main),
        ...Array.from({ length: returnState ? 2 * states : 0 }, () => [2]),
      ],
      masked,
    };
  });
}

const wrappings: readonly Wrapping[] = [
  ...bidirectionals('SimpleRNN', 1),
  ...bidirectionals('LSTM', 2).filter(({ title }) => /sum.*state|ave.*state|null.*state/.test(title)),
  ...bidirectionals('GRU', 1).filter(({ title }) => /sum.*state|ave.*state/.test(title)),
  ...[
    { type: 'Dense', units: 2, activation: 'tanh' },
    { type: 'LayerNormalization' },
    { type: 'PReLU', alphaInitializer: 'ones' },
  ].map((layer) => ({
    title: `TimeDistributed ${layer.type}`,
    layer: { type: 'TimeDistributed', name: 'wrapped', layer },
    outputs: [[STEPS, 2]],
    masked: false,
  })),
];

function modelOf({ layer, outputs, masked }: Wrapping) {
  const before: LayerConfig[] = masked ? [{ type: 'Masking', name: 'mask', maskValue: 0 }] : [];
  return {
    layers: [{ type: 'Input', name: 'x', shape: [STEPS, 2] }, ...before, layer],
    outputs: outputs.map((_, i) => (i === 0 ? 'wrapped' : `wrapped:${i}`)),
  };
}

/** Rows of which some steps are 0, as masked ones are. */
function dataOf({ outputs }: Wrapping): LabelledData {
  const draws = new Draws([3, 5]);
  let element = 0;
  const drawn = (shape: readonly number[]) => {
    const size = shape.reduce((product, length) => product * length, ROWS);
    return {
      values: Float32Array.from({ length: size }, () => 2 * draws.uniform(element++) - 1),
      shape: [ROWS, ...shape],
    };
  };
  const x = drawn([STEPS, 2]);
  x.values.fill(0, 2 * STEPS - 2, 2 * STEPS);
  x.values.fill(0, 2 * STEPS, 2 * STEPS + 2);
  return { x, y: outputs.length === 1 ? drawn(outputs[0]) : outputs.map(drawn) } as LabelledData;
}

async function setWeights(trainer: Trainer, data: LabelledData, weights: readonly Weight[]): Promise<void> {
  await trainer.fit(data, {
    callbacks: [{ onEpochBegin: (_, fit) => fit.stopTraining(), onTrainEnd: (_, fit) => fit.setWeights(weights) }],
  });
}

describe('A wrapper has the gradient that finite differences find', () => {
  for (const wrapping of wrappings) {
    test(wrapping.title, async () => {
      const data = dataOf(wrapping);
      await using trainer = await Trainer.create(modelOf(wrapping), {
        ...{ loss: 'meanSquaredError', optimizer: sgd({ learningRate: 1 }), workers: 1, seed: 4 },
      });
      const given = trainer.weights();
      await trainer.trainOnBatch(data);
      const moved = trainer.weights();
      const loss = async (): Promise<number> => {
        await setWeights(trainer, data, given);
        return (await trainer.testOnBatch(data)).loss;
      };
      for (const [i, { name, values }] of given.entries()) {
        const gradient = values.map((value, e) => value - moved[i].values[e]);
        const numeric = new Float64Array(values.length);
        for (let e = 0; e < values.length; e++) numeric[e] = await difference(values, e, loss);
        assertClose(gradient, numeric, 5e-3, name);
      }
      assert.ok(given.length > 0);
    });
  }
});

/** A central difference, as `centralDifferences`, of what takes a promise. */
async function difference(values: Float32Array, at: number, objective: () => Promise<number>): Promise<number> {
  const losses: number[] = [];
  const points: number[] = [];
  // The values that `centralDifferences` would look at, first.
  const held = values[at];
  centralDifferences(values, at, 1, () => points.push(values[at]));
  for (const point of points) {
    values[at] = point;
    losses.push(await objective());
  }
  values[at] = held;
  return (losses[0] - losses[1]) / (points[0] - points[1]);
}
