import type { Tensor } from '@tensorflow/tfjs-core';
import { withKeyedRandom } from '../../shared/random/keyedRandom.js';
import type { Draws } from '../../shared/random/rng.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import { requireFloats } from './interpret.js';
import type { JointFunction } from './trace.js';

/** Numbers of a tensor, all rows of a batch. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** What a function is called for: an entry an output. */
export interface CalledBatch {
  readonly targets: readonly Numbers[];
  readonly predictions: readonly Numbers[];
  /** What it draws without a seed. */
  readonly draws: Draws;
  /** What the gradient of each of its values begins with; null where none is wanted. */
  readonly seedOf: ((made: Numbers) => Float32Array) | null;
}

/** What a function made of a batch; a gradient is null where it does not look at that output. */
export interface CalledResult {
  readonly made: Numbers;
  readonly gradients: readonly (Float32Array | null)[];
}

/**
 * Calls a caller's function for a whole batch, as TensorFlow.js would, and takes the gradient of Σ seed · value by the
 * predictions. On the plain backend, so that the result depends on the batch alone. TensorFlow.js is left as it was found.
 */
export function callFunction(given: JointFunction, batch: CalledBatch): CalledResult {
  const before = tfc.getBackend();
  void tfc.setBackend('cpu');
  try {
    return tfc.tidy(() => withKeyedRandom(batch.draws, () => valueAndGradients(given, batch)) as never);
  } finally {
    void tfc.setBackend(before);
  }
}

function valueAndGradients(given: JointFunction, { targets, predictions, seedOf }: CalledBatch): CalledResult {
  const [yTrue, yPred] = [targets, predictions].map((all) => all.map(tensorOf));
  if (seedOf === null) return { made: numbersOf(requireFloats(given(yTrue, yPred))), gradients: [] };
  let made: Numbers | undefined;
  const { grads } = tfc.engine().gradients(() => {
    const value = requireFloats(given(yTrue, yPred));
    made = numbersOf(value);
    return tfc.sum(tfc.mul(value, tfc.tensor(seedOf(made), value.shape)));
  }, yPred);
  const gradients = grads.map((gradient) => (gradient ? numbersOf(gradient).values : null));
  return { made: made as Numbers, gradients };
}

/** TensorFlow.js may keep what it is given, and the function may change it. */
function tensorOf({ values, shape }: Numbers): Tensor {
  return tfc.tensor(values.slice(), [...shape], 'float32');
}

function numbersOf(tensor: Tensor): Numbers {
  return { values: Float32Array.from(tensor.dataSync()), shape: tensor.shape };
}
