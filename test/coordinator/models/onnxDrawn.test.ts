import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OpenModel, openModel, readModel } from '../../../src/coordinator/models/open.js';
import { readObjectives } from '../../../src/coordinator/options/objectives.js';
import { type FunctionalConfig, sgd } from '../../../src/index.js';
import { findAddon } from '../../../src/shared/native/addon.js';
import type { EngineName } from '../../../src/shared/protocol/messages.js';
import { Draws } from '../../../src/shared/random/rng.js';
import { graphCases, graphData } from '../../helpers/graphs.js';
import { InProcessRank } from '../../helpers/inProcess.js';
import type { Choose } from '../../helpers/layerChoices.js';
import { largestError, OnnxModel, type Rows } from '../../helpers/onnxAgreement.js';
import { findOnnxruntime, WITHOUT_ONNXRUNTIME } from '../../helpers/onnxruntime.js';
import { dealTypes, randomGraph } from '../../helpers/randomGraphs.js';

/** What every layer of a model makes, in onnxruntime, beside Lockstep's own numbers. */

const TOLERANCE = 1e-5;
const ROWS = 7;
const runtime = findOnnxruntime();
const engine: EngineName = findAddon().addon === null ? 'reference' : 'native';
const skip = runtime === null && WITHOUT_ONNXRUNTIME;

/** Models drawn at random that together have every layer, several times. */
const drawn = (() => {
  const draws = new Draws([24, 0]).at('initialize', 0, 0, 0);
  let count = 0;
  const choose: Choose = (below) => draws.word(count++) % below;
  return [1, 2, 3].flatMap(() => dealTypes(choose, 9)).map((types) => randomGraph(choose, types));
})();

/** The model with what each of its layers makes as an output, and weights far from zero. */
async function opened({ layers }: FunctionalConfig): Promise<OpenModel> {
  const outputs = layers.filter(({ type }) => type !== 'Input').map(({ name }) => String(name));
  const objectivesOf = (made: readonly { readonly name: string }[]) =>
    readObjectives(
      { loss: 'meanSquaredError', metrics: [] },
      made.map(({ name }) => name),
    );
  using model = await readModel({ layers, outputs }, []);
  const open = await openModel(model, undefined, { seed: 3, engine, modules: [], functions: new Map(), objectivesOf });
  const shaken = [...open.weights].map(([name, values], i) => {
    const draws = new Draws([7, 0]).at('initialize', i, 0, 0);
    return [name, values.map((value, e) => value + draws.uniform(e) / 4)] as const;
  });
  return { ...open, weights: new Map(shaken) };
}

async function assertAgrees(model: FunctionalConfig, inputs: Readonly<Record<string, Rows>>): Promise<void> {
  if (runtime === null) return;
  const open = await opened(model);
  const rank = await InProcessRank.attach({ ...open, engine, optimizer: sgd(), batchSize: ROWS });
  const wanted = rank.predict(inputs as Parameters<InProcessRank['predict']>[0]);
  const onnx = await OnnxModel.open(runtime, open.description, open.weights);
  const made = await onnx.run(
    open.description.inputs.map(({ name }) => inputs[name]),
    ROWS,
  );
  open.description.outputs.forEach(({ name }, i) => {
    const error = largestError(made[i].data, wanted[i]);
    const { type } = model.layers.find((layer) => layer.name === name) ?? {};
    assert.ok(error < TOLERANCE, `${name} (${type}): relative error ${error}`);
  });
  await onnx.release();
}

describe('onnxruntime gives Lockstep’s numbers at every layer', { skip }, () => {
  for (const given of [...graphCases, ...drawn]) {
    test(given.title, () => {
      return assertAgrees(given.model, graphData(given, ROWS).x as unknown as Record<string, Rows>);
    });
  }
});

/** Steps that are there, by row: all, the first, the last, some, and none. */
const there = (row: number, step: number): boolean =>
  [true, step < 2, step > 2, (row + step) % 2 === 0, false][row % 5];

const masked = Object.fromEntries(
  [['x', [6, 3]] as const].map(([name, [steps, size]]) => {
    const draws = new Draws([9, 0]).at('initialize', 1, 0, 0);
    const values = Float32Array.from({ length: ROWS * steps * size }, (_, i) => {
      const step = Math.floor(i / size);
      return there(Math.floor(step / steps), step % steps) ? 2 * draws.uniform(i) - 1 : 0;
    });
    return [name, { values, shape: [ROWS, steps, size] }];
  }),
);
const state = (units: number): Rows => {
  return { values: Float32Array.from({ length: ROWS * units }, (_, i) => Math.sin(i)), shape: [ROWS, units] };
};

const cells = [
  ...['SimpleRNN', 'GRU', 'LSTM'].map((type) => ({ type })),
  { type: 'GRU', resetAfter: false },
  { type: 'LSTM', useBias: false },
  { type: 'GRU', useBias: false },
];
/** Activations that the operators of ONNX have, and those that they lack. */
const activations = [
  {},
  { activation: 'leakyRelu', recurrentActivation: 'hardSigmoid' },
  { activation: 'elu', recurrentActivation: 'hardSigmoid6' },
  { activation: 'relu', recurrentActivation: 'softsign' },
  { activation: 'linear', recurrentActivation: 'sigmoid' },
  { activation: 'softplus', recurrentActivation: 'tanh' },
  { activation: 'selu', recurrentActivation: 'relu6' },
  { activation: 'tanh', recurrentActivation: 'step' },
];

describe('a recurrent layer gives Lockstep’s numbers at steps that are there and at those that are not, from a state', {
  skip,
}, () => {
  for (const cell of cells) {
    for (const { recurrentActivation, ...own } of activations) {
      const gates = cell.type === 'SimpleRNN' || recurrentActivation === undefined ? {} : { recurrentActivation };
      const args = { ...cell, units: 2, ...own, ...gates };
      test(JSON.stringify(args), async () => {
        const states = cell.type === 'LSTM' ? ['h', 'c'] : ['h'];
        const recurrent = [true, false].flatMap((masks) =>
          [true, false].flatMap((goBackwards) =>
            [true, false].map((returnSequences) => ({
              ...args,
              ...{ goBackwards, returnSequences, returnState: true },
              name: `masks_${masks}_backwards_${goBackwards}_sequences_${returnSequences}`,
              inputs: [masks ? 'masking' : 'x', ...states],
            })),
          ),
        );
        const layers = [
          { type: 'Input', name: 'x', shape: [6, 3] },
          ...states.map((name) => ({ type: 'Input', name, shape: [2] })),
          { type: 'Masking', name: 'masking', inputs: ['x'] },
          ...recurrent,
          { type: 'Bidirectional', name: 'both', layer: { ...args, returnSequences: true }, inputs: ['masking'] },
        ];
        const given = Object.fromEntries(states.map((name) => [name, state(2)]));
        await assertAgrees({ layers } as FunctionalConfig, { ...masked, ...given });
      });
    }
  }
});
