import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from './tfjs.js';

/** Activations by name that tfjs-layers lacks, registered with its serialization so that models can name them. */
const added: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  leakyRelu: (x) => tfc.leakyRelu(x, 0.2),
  hardSigmoid6: (x) => tfc.clipByValue(tfc.add(tfc.div(x, 6), 0.5), 0, 1),
  exponential: (x) => tfc.exp(x),
  silu: (x) => tfc.mul(x, tfc.sigmoid(x)),
  step: (x) => tfc.step(x),
  celu: (x) => tfc.elu(x),
  hardTanh: (x) => tfc.clipByValue(x, -1, 1),
  sparseSigmoid: (x) => tfc.clipByValue(tfc.add(tfc.mul(x, 0.5), 0.5), 0, 1),
  hardShrink: (x) => tfc.mul(x, tfc.cast(tfc.greater(tfc.abs(x), 0.5), 'float32')),
  softShrink: (x) => tfc.mul(tfc.sign(x), tfc.relu(tfc.sub(tfc.abs(x), 0.5))),
  tanhShrink: (x) => tfc.sub(x, tfc.tanh(x)),
  sparsePlus: (x) => {
    const inside = tfc.mul(tfc.square(tfc.relu(tfc.add(x, 1))), 0.25);
    return tfc.where(tfc.less(x, 1), inside, x);
  },
  squareplus: (x) => tfc.mul(tfc.add(x, tfc.sqrt(tfc.add(tfc.square(x), 4))), 0.5),
  logSigmoid: (x) => tfc.neg(tfc.softplus(tfc.neg(x))),
  hardSilu,
  hardSwish: hardSilu,
  sparsemax,
  geluNew: (x) => {
    const inner = tfc.mul(tfc.add(x, tfc.mul(0.044715, tfc.pow(x, 3))), Math.sqrt(2 / Math.PI));
    return tfc.mul(tfc.mul(0.5, x), tfc.add(1, tfc.tanh(inner)));
  },
};

function hardSilu(x: Tensor): Tensor {
  return tfc.mul(x, tfc.clipByValue(tfc.add(tfc.div(x, 6), 0.5), 0, 1));
}

/** Over the last axis, as the kernel sparsemaxForward has it. TensorFlow.js has no gradient of sorting. */
function sparsemax(x: Tensor): Tensor {
  const apply = tfc.customGrad((given, save) => {
    const value = sparsemaxOf(given as Tensor);
    (save as (tensors: Tensor[]) => void)([value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => {
      const isThere = tfc.cast(tfc.greater(saved[0], 0), 'float32');
      const mean = tfc.div(tfc.sum(tfc.mul(dy, isThere), -1, true), tfc.sum(isThere, -1, true));
      return tfc.mul(tfc.sub(dy, mean), isThere);
    };
    return { value, gradFunc };
  });
  return apply(x);
}

function sparsemaxOf(x: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1];
  const { values } = tfc.topk(x, width, true);
  const sums = tfc.cumsum(values, -1);
  const isThere = tfc.cast(tfc.greater(tfc.mul(values, tfc.range(1, width + 1)), tfc.sub(sums, 1)), 'float32');
  const count = tfc.sum(isThere, -1, true);
  const tau = tfc.div(tfc.sub(tfc.sum(tfc.mul(values, isThere), -1, true), 1), count);
  return tfc.relu(tfc.sub(x, tau));
}

for (const [name, apply] of Object.entries(added)) tfc.serialization.registerClass(activationClass(name, apply));

function activationClass(name: string, apply: (x: Tensor) => Tensor) {
  return class extends tfc.serialization.Serializable {
    /** @nocollapse */
    static readonly className = name;

    apply(x: Tensor): Tensor {
      return tfc.tidy(() => apply(x));
    }

    override getConfig(): tfc.serialization.ConfigDict {
      return {};
    }
  };
}
