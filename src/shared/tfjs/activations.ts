import type { Tensor } from '@tensorflow/tfjs-core';
import { tfc } from './tfjs.js';

/** Activations by name that tfjs-layers lacks, registered with its serialization so that models can name them. */
const added: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  leakyRelu: (x) => tfc.leakyRelu(x, 0.2),
  hardSigmoid6: (x) => tfc.clipByValue(tfc.add(tfc.div(x, 6), 0.5), 0, 1),
  exponential: (x) => tfc.exp(x),
  silu: (x) => tfc.mul(x, tfc.sigmoid(x)),
  step: (x) => tfc.step(x),
  geluNew: (x) => {
    const inner = tfc.mul(tfc.add(x, tfc.mul(0.044715, tfc.pow(x, 3))), Math.sqrt(2 / Math.PI));
    return tfc.mul(tfc.mul(0.5, x), tfc.add(1, tfc.tanh(inner)));
  },
};

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
