import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';
import { type LayerConfig, type ModelSource, Trainer, type TrainerOptions } from '../../../src/index.js';
import { packageRoot } from '../../../src/shared/packageRoot.js';
import { tfc, tfl } from '../../../src/shared/tfjs/tfjs.js';

const { layers } = tfl;
type Layer = LayersModel['layers'][number];
type Tensors = SymbolicTensor | SymbolicTensor[];

const ROWS = 5;
const options: TrainerOptions = {
  optimizer: 'adam',
  loss: 'meanSquaredError',
  workers: 1,
  engine: 'reference',
  seed: 3,
};
const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
after(() => rm(folder, { recursive: true, force: true }));

const call = (layer: Layer, inputs: Tensors): SymbolicTensor => layer.apply(inputs) as SymbolicTensor;
const callAll = (layer: Layer, inputs: Tensors): SymbolicTensor[] => layer.apply(inputs) as SymbolicTensor[];
const chain = (inputShape: number[], ...made: Layer[]) => {
  const input = tfl.input({ shape: inputShape });
  const output = made.reduce((x, layer) => call(layer, x), input);
  return tfl.model({ inputs: input, outputs: output });
};
const sequential = (inputShape: number[], ...made: Layer[]) => {
  const model = tfl.sequential({ layers: [layers.inputLayer({ inputShape }), ...made] });
  return model;
};
/** The initial orthogonal one of TensorFlow.js needs more of it than is here. */
const recurrent = { recurrentInitializer: 'glorotUniform' } as const;
/** A layer with its arguments in the place of an activation, which the types of TensorFlow.js do not tell of. */
const asActivation = (className: string, config: object = {}) => ({ className, config }) as unknown as 'relu';
const named = (className: string) => className as 'relu';

/** Models that TensorFlow.js has built, and Lockstep computes with kernels. */
const models: Readonly<Record<string, () => LayersModel>> = {
  'a Sequential model': () =>
    sequential([4], layers.dense({ units: 3, activation: 'relu' }), layers.dense({ units: 2 })),
  'a nested Sequential model': () =>
    chain([4], sequential([4], layers.dense({ units: 3, activation: 'tanh' })), layers.dense({ units: 2 })),
  'a nested functional model': () => {
    const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [3] })];
    const inner = tfl.model({
      inputs: [a, b],
      outputs: call(layers.dense({ units: 2 }), call(layers.concatenate(), [a, b])),
    });
    const [x, y] = [tfl.input({ shape: [4] }), tfl.input({ shape: [3] })];
    return tfl.model({ inputs: [x, y], outputs: inner.apply([x, y]) as SymbolicTensor });
  },
  'a frozen model within the model': () => {
    const inner = sequential([4], layers.dense({ units: 3 }));
    inner.trainable = false;
    return chain([4], inner, layers.dense({ units: 2 }));
  },
  'a shared layer': () => {
    const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
    const shared = layers.dense({ units: 2, activation: 'elu' });
    return tfl.model({ inputs: [a, b], outputs: call(layers.add(), [call(shared, a), call(shared, b)]) });
  },
  'a layer that was called outside of the model too': () => {
    const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
    const shared = layers.dense({ units: 2 });
    call(shared, a);
    return tfl.model({ inputs: b, outputs: call(layers.dense({ units: 1 }), call(shared, b)) });
  },
  'several outputs': () => {
    const x = tfl.input({ shape: [4] });
    const hidden = call(layers.dense({ units: 3, activation: 'swish' }), x);
    const outputs = [call(layers.dense({ units: 2 }), hidden), call(layers.dense({ units: 1 }), hidden)];
    return tfl.model({ inputs: x, outputs });
  },
  'an input that no output reads': () => {
    const [a, b] = [tfl.input({ shape: [2], name: 'unread' }), tfl.input({ shape: [4], name: 'read' })];
    return tfl.model({ inputs: [a, b], outputs: call(layers.dense({ units: 2 }), b) });
  },
  'an input that no output of a nested model reads': () => {
    const [a, b] = [tfl.input({ shape: [2] }), tfl.input({ shape: [4] })];
    const inner = tfl.model({ inputs: [a, b], outputs: call(layers.dense({ units: 2 }), b) });
    const [x, y] = [tfl.input({ shape: [2] }), tfl.input({ shape: [4] })];
    return tfl.model({ inputs: [x, y], outputs: inner.apply([x, y]) as SymbolicTensor });
  },
  TimeDistributed: () =>
    chain(
      [3, 4],
      layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'softsign' }) }),
      layers.flatten(),
    ),
  'TimeDistributed of a layer with a layer for its activation': () =>
    chain(
      [3, 4],
      layers.timeDistributed({
        layer: layers.dense({ units: 2, activation: asActivation('LeakyReLU', { alpha: 0.4 }) }),
      }),
    ),
  Bidirectional: () =>
    chain([3, 4], layers.bidirectional({ layer: layers.lstm({ ...recurrent, units: 2 }) as never, mergeMode: 'ave' })),
  'Bidirectional with states': () => {
    const x = tfl.input({ shape: [3, 4] });
    const gru = layers.gru({ ...recurrent, units: 2, returnState: true, returnSequences: true });
    const both = layers.bidirectional({ layer: gru as never, mergeMode: 'concat' });
    const [sequence, forward, backward] = callAll(both, x);
    return tfl.model({ inputs: x, outputs: [sequence, call(layers.add(), [forward, backward])] });
  },
  'states from one layer to another': () => {
    const x = tfl.input({ shape: [3, 4] });
    const [, h, c] = callAll(layers.lstm({ ...recurrent, units: 2, returnState: true }), x);
    return tfl.model({ inputs: x, outputs: call(layers.lstm({ ...recurrent, units: 2 }), [x, h, c]) });
  },
  'a recurrent layer with a layer for its activation': () =>
    chain([3, 4], layers.simpleRNN({ ...recurrent, units: 2, activation: asActivation('LeakyReLU', { alpha: 0.2 }) })),
  Masking: () =>
    chain(
      [3, 4],
      layers.masking({ maskValue: 1 }),
      layers.gru({ ...recurrent, units: 2, recurrentActivation: 'hardSigmoid' }),
    ),
  constraints: () =>
    chain(
      [4],
      layers.dense({
        units: 2,
        kernelConstraint: 'nonNeg',
        biasConstraint: tfl.constraints.maxNorm({ maxValue: 0.1 }),
      }),
    ),
  regularizers: () =>
    chain(
      [4],
      layers.dense({ units: 2, kernelRegularizer: 'l1l2', biasRegularizer: tfl.regularizers.l2({ l2: 0.2 }) }),
    ),
  'initializers with arguments': () =>
    chain(
      [4],
      layers.dense({ units: 2, kernelInitializer: tfl.initializers.randomUniform({ minval: 0.5, maxval: 0.6 }) }),
    ),
  'the name of a layer class as activation': () =>
    chain([4], layers.dense({ units: 2, activation: named('LeakyReLU') })),
  'a ReLU with arguments as activation': () =>
    chain([4], layers.dense({ units: 2, activation: asActivation('ReLU', { maxValue: 0.5, negativeSlope: 0.1 }) })),
  'a Softmax over another axis as activation': () =>
    chain([3, 4], layers.dense({ units: 2, activation: asActivation('Softmax', { axis: 1 }) })),
  'an ELU in an Activation': () =>
    chain([4], layers.activation({ activation: asActivation('ELU', { alpha: 0.5 }) }), layers.dense({ units: 1 })),
  'a convolution with a layer for its activation': () =>
    chain(
      [4, 4, 2],
      layers.conv2d({ filters: 2, kernelSize: 2, activation: asActivation('ThresholdedReLU', { theta: 0.1 }) }),
      layers.flatten(),
    ),
  'names in mixed case with underscores': () =>
    chain([4], layers.dense({ units: 3, name: 'First_Layer' }), layers.dense({ units: 1, name: 'lastLayer_2' })),
};

/** Models that TensorFlow.js computes on the ranks. */
const computedByTensorFlow: typeof models = {
  'RNN of a cell': () => chain([3, 4], layers.rnn({ cell: layers.lstmCell({ ...recurrent, units: 2 }) as never })),
  'RNN of stacked cells': () =>
    chain(
      [3, 4],
      layers.rnn({
        cell: layers.stackedRNNCells({
          cells: [
            layers.gruCell({ ...recurrent, units: 2 }),
            layers.simpleRNNCell({ ...recurrent, units: 3 }),
          ] as never,
        }) as never,
      }),
    ),
  'a layer in the place of an activation, with its arguments': () =>
    chain([4], layers.dense({ units: 2, activation: asActivation('LeakyReLU', { alpha: 0.4 }) })),
};

/** Layer configs of Lockstep's own. */
const configs: Readonly<Record<string, LayerConfig[]>> = {
  'a GRU with a layer for its activation': [
    {
      type: 'GRU',
      units: 2,
      inputShape: [3, 4],
      activation: 'ELU',
      recurrentActivation: { type: 'ReLU', maxValue: 6 },
    },
  ],
  'a TimeDistributed of a layer with a layer for its activation': [
    {
      type: 'TimeDistributed',
      inputShape: [3, 4],
      layer: { type: 'Dense', units: 2, activation: { class_name: 'LeakyReLU', config: { negative_slope: 0.4 } } },
    },
  ],
  'a Bidirectional with regularizers, constraints and initializers': [
    {
      type: 'Bidirectional',
      inputShape: [3, 4],
      layer: {
        type: 'LSTM',
        units: 2,
        kernelRegularizer: 'L2',
        recurrentConstraint: { class_name: 'MaxNorm', config: { max_value: 0.5 } },
        biasInitializer: 'ones',
      },
    },
  ],
  'layers that Lockstep adds': [
    { type: 'Conv1D', filters: 3, kernelSize: 2, padding: 'causal', inputShape: [4, 2] },
    { type: 'ZeroPadding1D', padding: [1, 0] },
    { type: 'Cropping1D', cropping: 1 },
    { type: 'UpSampling1D', size: 2 },
    { type: 'Reshape', targetShape: [-1] },
    { type: 'Dense', units: 3, activation: 'geluNew' },
    { type: 'Step', gradient: 'straightThrough' },
  ],
};

type Rows = Record<string, Float32Array>;

/** Rows for inputs or outputs: by name where there are several. */
function rowsFor(names: readonly string[], tensors: readonly SymbolicTensor[], phase: number): Rows | Float32Array {
  const rows = tensors.map(({ shape: [, ...row] }) => {
    const size = (row as number[]).reduce((product, length) => product * length, ROWS);
    return Float32Array.from({ length: size }, (_, j) => Math.sin(2 * j + phase));
  });
  return rows.length === 1 ? rows[0] : Object.fromEntries(rows.map((values, i) => [names[i], values]));
}

async function comesBack(source: ModelSource, model: LayersModel, engine: 'reference' | 'tfjs'): Promise<void> {
  const given = { ...options, engine };
  const { inputs, outputs, inputNames, outputNames } = model;
  const data = { x: rowsFor(inputNames, inputs, 1), y: rowsFor(outputNames, outputs, 2) };
  const [checkpoint, saved] = [join(folder, 'c.ckpt'), join(folder, 'saved')];
  await using trainer = await Trainer.create(source, given);
  await trainer.trainOnBatch(data);
  await trainer.checkpoint(checkpoint);
  await trainer.save(saved);

  await using loaded = await Trainer.create(saved, given);
  assert.deepEqual(loaded.weights(), trainer.weights());
  assert.deepEqual(await loaded.predict({ x: data.x }), await trainer.predict({ x: data.x }));

  await using resumed = await Trainer.resume(checkpoint, { engine });
  assert.equal(resumed.fingerprint(), trainer.fingerprint());
  await trainer.trainOnBatch(data);
  await resumed.trainOnBatch(data);
  assert.equal(resumed.fingerprint(), trainer.fingerprint());
}

describe('A model comes back from a checkpoint, and from what is saved, with the same bits:', () => {
  for (const [title, build] of Object.entries(models)) {
    test(title, () => {
      const model = build();
      return comesBack(model, model, 'reference');
    });
  }
  for (const [title, build] of Object.entries(computedByTensorFlow)) {
    test(`${title}, by TensorFlow.js`, () => {
      const model = build();
      return comesBack(model, model, 'tfjs');
    });
  }
  for (const [title, config] of Object.entries(configs)) {
    test(`${title}, from layer configs`, () => comesBack(config, modelFromLayers(config, 'm').model, 'reference'));
  }
});

/** A layer whose config does not tell of what it was made with. */
class Forgetful extends tfl.layers.Layer {
  /** @nocollapse */
  static readonly className = 'Forgetful';
  readonly #units: number;

  constructor({ units = 1, ...args }: { units?: number } = {}) {
    super(args);
    this.#units = units;
  }

  override computeOutputShape(): number[] {
    return [null as never, this.#units];
  }
}

/** A layer with a text among its arguments, whose case TensorFlow.js changes in writing. */
class Texted extends tfl.layers.Layer {
  /** @nocollapse */
  static readonly className = 'Texted';
  readonly #text: string;

  constructor({ text = '', ...args }: { text?: string } = {}) {
    super(args);
    this.#text = text;
  }

  override getConfig() {
    return { ...super.getConfig(), text: this.#text };
  }
}

/** A layer that no class is registered for. */
class Unregistered extends tfl.layers.Layer {
  /** @nocollapse */
  static readonly className = 'Unregistered';
}

tfc.serialization.registerClass(Forgetful);
tfc.serialization.registerClass(Texted);

const dense = (args: object) => layers.dense({ units: 2, ...args });
const refused: Readonly<Record<string, [() => LayersModel, RegExp]>> = {
  'a layer that does not tell of an argument': [
    () => chain([4], new Forgetful({ units: 3 })),
    /not be the same after a resume or a load.*another outputShape: \[1\] instead of \[3\]/,
  ],
  'an argument in a case that is not kept': [
    () => chain([4], new Texted({ text: 'UTF8Text' })),
    /another text: "utF8text" instead of "UTF8Text"/,
  ],
  'a class that is not registered': [() => chain([4], new Unregistered({})), /Unknown layer: Unregistered/],
  'a PReLU for an activation': [
    () => chain([4], dense({ activation: 'PReLU' })),
    /has a PReLU for its activation, which may have weights; put it behind the layer, or use one of ReLU/,
  ],
  'a BatchNormalization for an activation': [
    () => chain([4], dense({ activation: asActivation('BatchNormalization') })),
    /has a BatchNormalization for its activation/,
  ],
};

describe('A model that would not come back is refused at the start:', () => {
  for (const [title, [build, message]] of Object.entries(refused)) {
    test(title, async () => {
      // Classes of one's own need a module; what it registers is looked at when ranks begin.
      const modules = [join(packageRoot(import.meta.url), 'test/fixtures/squared.js')];
      const creating = Trainer.create(build(), { ...options, modules, engine: 'tfjs' });
      await assert.rejects(creating, { name: 'LockstepError', message });
    });
  }
});
