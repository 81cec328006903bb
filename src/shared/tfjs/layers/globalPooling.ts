import type { Tensor } from '@tensorflow/tfjs-core';
import { type TfLayer, tfc } from '../tfjs.js';
import { type LayerArguments, registered } from './corrected.js';
import type { Step } from './elementwise.js';
import type { Shape } from './shapeOnly.js';

type LayerClass = Pick<typeof Step, 'fromConfig'> & { readonly className: string } & (new (
    args: LayerArguments,
  ) => TfLayer);
type CallArguments = Parameters<TfLayer['call']>[1];

/** A class of tfjs-layers that pools over all places, with Keras's `keepdims`: the places stay as axes of length 1. */
function keepingDimensions(name: string): LayerClass {
  return class extends registered(name) {
    /** @nocollapse */
    static readonly className = name;
    readonly keepdims: boolean;

    constructor(args: LayerArguments & { keepdims?: boolean } = {}) {
      super(args);
      this.keepdims = args.keepdims ?? false;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const [rows, channels] = super.computeOutputShape(inputShape) as Shape;
      if (!this.keepdims) return [rows, channels];
      const places = (inputShape as Shape).length - 2;
      return [rows, ...Array<number>(places).fill(1), channels];
    }

    override call(inputs: Tensor | Tensor[], others: CallArguments): Tensor {
      return tfc.tidy(() => {
        const y = super.call(inputs, others) as Tensor;
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        const [rows, channels] = y.shape;
        return this.keepdims ? tfc.reshape(y, [rows, ...Array<number>(x.rank - 2).fill(1), channels]) : y;
      });
    }

    override getConfig(): tfc.serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.keepdims && { keepdims: true }) };
    }
  };
}

export const globalPoolings = [
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
].map(keepingDimensions);
