import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lower } from '../../../../src/coordinator/compiler/lower/index.js';
import { describeModel } from '../../../../src/coordinator/models/describe.js';
import { modelFromGraph } from '../../../../src/coordinator/models/fromGraph.js';
import { readObjectives } from '../../../../src/coordinator/options/objectives.js';
import type { LayerConfig } from '../../../../src/index.js';
import type { KernelArguments, KernelCall, KernelName } from '../../../../src/shared/kernels/table.js';
import { tfl } from '../../../../src/shared/tfjs/tfjs.js';

/** The calls of a training step. */
function stagesOf(layers: readonly LayerConfig[]): { forward: KernelCall[]; backward: KernelCall[] } {
  const { model } = modelFromGraph({ layers }, 'm');
  const { stages } = lower(describeModel(model), readObjectives({ loss: 'meanSquaredError' }, ['out']));
  return { forward: stages.forward.flat(), backward: stages.backward.flat() };
}

/** The calls of a kernel in the forward pass of training. */
function callsOf(kernel: KernelName, layers: readonly LayerConfig[]): KernelCall['args'][] {
  return stagesOf(layers)
    .forward.filter((call) => call.kernel === kernel)
    .map(({ args }) => args);
}

const entrance = { type: 'Input', name: 'x', shape: [6, 3] };
const masking = { type: 'Masking', name: 'masking', inputs: 'x' };

describe('Lowering recurrent layers', () => {
  test('dropout of the input takes one draw a feature for all time steps', () => {
    const [dropout] = callsOf('dropout', [
      entrance,
      { type: 'LSTM', name: 'lstm', units: 4, dropout: 0.25, inputs: 'x' },
    ]);
    const { outer, draws, inner, rate } = dropout as KernelArguments<'dropout'>;
    assert.deepEqual({ outer, draws, inner, rate }, { outer: 6, draws: 3, inner: 1, rate: 0.25 });
  });

  test('dropout of the state takes one draw a unit, for all time steps and once more for the weight gradient', () => {
    const gru = { type: 'GRU', name: 'gru', units: 4, recurrentDropout: 0.5, inputs: 'x' };
    const { forward, backward } = stagesOf([entrance, gru]);
    const [kept, multiplied] = [forward, backward].map((calls) => calls.find(({ kernel }) => kernel === 'dropout'));
    const [a, b] = [kept?.args, multiplied?.args] as KernelArguments<'dropout'>[];
    assert.deepEqual([a.x, a.outer, a.draws, a.layer], [-1, 1, 4, b.layer]);
    assert.deepEqual([b.outer, b.draws, b.rate, b.scale], [6, 4, a.rate, a.scale]);
    const recurrence = forward.find(({ kernel }) => kernel === 'gruForward');
    assert.ok(recurrence?.kernel === 'gruForward' && recurrence.args.keep === a.y);
  });

  test('a stateful layer is refused with the reason', () => {
    const lstm = { type: 'LSTM', name: 'lstm', units: 4, stateful: true, inputs: 'x' };
    assert.throws(() => stagesOf([entrance, lstm]), {
      code: 'INVALID_LAYER_ARGUMENT',
      message: /\(LSTM\) has stateful: true; row i of a batch.* divided into shards; leave stateful out/,
    });
  });
});

test('a stateful layer of a TensorFlow.js model is refused with the same reason', () => {
  const zeros = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;
  const model = tfl.sequential();
  model.add(tfl.layers.lstm({ units: 2, stateful: true, batchInputShape: [4, 3, 2], ...zeros }));
  const objectives = readObjectives({ loss: 'meanSquaredError' }, ['out']);
  assert.throws(() => lower(describeModel(model), objectives), {
    code: 'STATEFUL_LAYER',
    message: /lstm.* is stateful: row i/,
  });
});

describe('Masks on their way through the graph', () => {
  const reads = (layers: readonly LayerConfig[]) => {
    const [made] = callsOf('stepMask', layers) as { mask: number }[];
    const [recurrence] = callsOf('gruForward', layers) as { mask: number }[];
    return { made: made.mask, read: recurrence.mask };
  };
  const gru = (inputs: string) => ({ type: 'GRU', name: 'gru', units: 2, inputs });

  test('a Dense passes the mask on', () => {
    const dense = { type: 'Dense', name: 'dense', units: 3, inputs: 'masking' };
    const { made, read } = reads([entrance, masking, dense, gru('dense')]);
    assert.equal(read, made);
  });

  test('a Reshape ends it', () => {
    const reshape = { type: 'Reshape', name: 'reshape', targetShape: [3, 6], inputs: 'masking' };
    assert.equal(reads([entrance, masking, reshape, gru('reshape')]).read, -1);
  });

  test('a sum keeps what masks all its inputs, and has none where an input has none', () => {
    const dense = { type: 'Dense', name: 'dense', units: 3, inputs: 'masking' };
    const add = (...inputs: string[]) => ({ type: 'Add', name: 'add', inputs });
    const { made, read } = reads([entrance, masking, dense, add('masking', 'dense'), gru('add')]);
    assert.equal(read, made);
    assert.equal(reads([entrance, masking, add('masking', 'x'), gru('add')]).read, -1);
  });

  test('a step of a sum is there where it is in any input', () => {
    const other = { ...masking, name: 'other', maskValue: 1 };
    const layers = [entrance, masking, other, { type: 'Add', name: 'add', inputs: ['masking', 'other'] }, gru('add')];
    const [either] = callsOf('maximum', layers) as { y: number; smallest: number }[];
    assert.equal(either.smallest, 0);
    assert.equal(reads(layers).read, either.y);
  });
});
