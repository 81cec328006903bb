import type { Tensor } from '@tensorflow/tfjs-core';
import { type TfLayer, tfc } from '../tfjs.js';
import { type LayerArguments, registered } from './corrected.js';
import type { LayerClass } from './declared.js';
import type { Shape } from './shapeOnly.js';

type Config = tfc.serialization.ConfigDict;

/** The axes between the batch and the channels of a shape with the channels behind the batch. */
const toLast = ([rows, channels, ...places]: Shape): Shape => [rows, ...places, channels];
const toFirst = (shape: Shape): Shape => [shape[0], shape[shape.length - 1], ...shape.slice(1, -1)];

/** A layer class over places with channels, whose channels may come first (`dataFormat`): such a layer is the one of channels that come last. */
export function withChannelsFirst(given: Pick<LayerClass, 'className'>): LayerClass {
  const { className } = given;
  const made = class extends (given as ReturnType<typeof registered> & LayerClass) {
    /** @nocollapse */
    static override readonly className = className;
    readonly #isFirst: boolean;

    constructor(args: LayerArguments & { dataFormat?: string } = {}) {
      super({ ...args, dataFormat: 'channelsLast' } as LayerArguments);
      this.#isFirst = args.dataFormat === 'channelsFirst';
    }

    override build(inputShape: Shape | Shape[]): void {
      super.build(this.#isFirst ? toLast(inputShape as Shape) : inputShape);
      // What tfjs-layers notes here is the place of the channels.
      if (this.#isFirst) this.inputSpec = null as unknown as typeof this.inputSpec;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
      if (!this.#isFirst) return super.computeOutputShape(inputShape) as Shape;
      const output = super.computeOutputShape(toLast(inputShape as Shape)) as Shape;
      return output.length > 2 ? toFirst(output) : output;
    }

    override call(inputs: Tensor | Tensor[], others: Parameters<TfLayer['call']>[1]): Tensor | Tensor[] {
      if (!this.#isFirst) return super.call(inputs, others);
      return tfc.tidy(() => {
        const x = [inputs].flat()[0];
        const axes = x.shape.map((_, axis) => axis);
        const y = super.call(tfc.transpose(x, toLast(axes) as number[]), others) as Tensor;
        return y.rank > 2 ? tfc.transpose(y, toFirst(axes.slice(0, y.rank)) as number[]) : y;
      });
    }

    override getConfig(): Config {
      return { ...super.getConfig(), dataFormat: this.#isFirst ? 'channelsFirst' : 'channelsLast' };
    }
  };
  return made as unknown as LayerClass;
}

/** The classes of tfjs-layers itself whose channels may come first. */
export const formattedOfTensorflow: readonly LayerClass[] = [
  ...['Conv3D', 'MaxPooling1D', 'MaxPooling2D', 'AveragePooling1D', 'AveragePooling2D'],
  ...['Cropping2D', 'ZeroPadding2D', 'UpSampling2D'],
].map((name) => withChannelsFirst(registered(name) as unknown as LayerClass));
