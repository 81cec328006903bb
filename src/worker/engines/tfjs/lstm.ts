import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { attributes, tensorflowBackend } from './operations.js';

type Layer = LayersModel['layers'][number];

/** What of a recurrent layer decides whether and how BlockLSTM computes it. */
interface LstmParts {
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  readonly cell: {
    readonly units: number;
    readonly kernel: { read(): Tensor };
    readonly recurrentKernel: { read(): Tensor };
    readonly bias: { read(): Tensor } | null;
  };
}

/**
 * An LSTM with Keras's default activations is one operation of libtensorflow, BlockLSTMV2, and its gradient another;
 * tfjs-layers calls thirty a time step. A masked pass, one with states given, or another kind of LSTM stays as it is.
 */
export function fuseLstm(layer: Layer): void {
  const { activation, recurrentActivation, dropout, recurrentDropout, returnState } = layer.getConfig();
  const fits = activation === 'tanh' && recurrentActivation === 'sigmoid' && !dropout && !recurrentDropout;
  if (!fits || returnState === true) return;
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => {
    const given = [inputs].flat();
    if (given.length > 1 || (kwargs?.mask ?? null) !== null || (kwargs?.initialState ?? null) !== null) {
      return call(inputs, kwargs);
    }
    return tfc.tidy(() => computeLstm(given[0] as Tensor3D, layer as Layer & LstmParts));
  };
}

/** x: (rows, steps, values). */
function computeLstm(x: Tensor3D, { returnSequences, goBackwards, cell }: LstmParts): Tensor {
  const { units, kernel, recurrentKernel, bias } = cell;
  const steps = tfc.transpose(x, [1, 0, 2]);
  const weights = tfc.concat([kernel.read(), recurrentKernel.read()], 0);
  const biases = bias?.read() ?? tfc.zeros([4 * units]);
  const h = blockLstm(goBackwards ? tfc.reverse(steps, 0) : steps, weights, biases) as Tensor3D;
  const [length, rows] = h.shape;
  if (returnSequences) return tfc.transpose(h, [1, 0, 2]);
  return tfc.reshape(tfc.slice(h, [length - 1, 0, 0], [1, rows, units]), [rows, units]);
}

/** h (steps, rows, units) of x (steps, rows, values), weights (values + units, 4 · units) and biases (4 · units). */
const blockLstm = tfc.customGrad((...given) => {
  const [x, weights, biases] = given as Tensor[];
  const save = given[3] as (saved: Tensor[]) => void;
  const within = run('BlockLSTMV2', lstmAttributes(), [x, ...startOf(x, weights), biases], 7);
  save([x, weights, biases, ...within]);
  return { value: within[6], gradFunc: (dh: Tensor, saved: Tensor[]) => lstmGradient(dh, saved) };
});

function lstmGradient(dh: Tensor, [x, weights, biases, ...within]: Tensor[]): Tensor[] {
  const inputs = [x, ...startOf(x, weights), biases, ...within, tfc.zerosLike(dh), dh];
  const gradients = run('BlockLSTMGradV2', attributes({ use_peephole: false }), inputs, 8);
  const [dx, , , dWeights, , , , dBiases] = gradients;
  return [dx, dWeights, dBiases];
}

/** States before the first step, the weights, and those of peepholes, which Keras does not have. */
function startOf(x: Tensor, weights: Tensor): Tensor[] {
  const rows = x.shape[1] as number;
  const units = (weights.shape[1] as number) / 4;
  const state = tfc.zeros([rows, units]);
  const peephole = tfc.zeros([units]);
  return [state, state, weights, peephole, peephole, peephole];
}

function lstmAttributes() {
  const { TF_ATTR_FLOAT } = tensorflowBackend().binding;
  return [...attributes({ use_peephole: false }), { name: 'cell_clip', type: TF_ATTR_FLOAT, value: 0 }];
}

/** Runs an operation whose first input is the number of steps, as an int64. */
function run(name: string, given: ReturnType<typeof attributes>, inputs: readonly Tensor[], outputs: number): Tensor[] {
  const backend = tensorflowBackend();
  const { binding } = backend;
  const steps = binding.createTensor([], binding.TF_INT64, Int32Array.of(inputs[0].shape[0] as number, 0));
  const made = binding.executeOp(name, given, [steps, ...backend.getInputTensorIds(inputs)], outputs);
  binding.deleteTensor(steps);
  return made.map((output) => backend.createOutputTensor(output));
}
