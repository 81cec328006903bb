import type { Tensor } from '@tensorflow/tfjs-core';
import { fault } from '../../errors.js';
import type { TfLayer, tfc } from '../tfjs.js';
import { type LayerArguments, registered } from './corrected.js';
import { declared, type LayerClass } from './declared.js';
import type { Shape } from './shapeOnly.js';
import { each, withPlaces } from './volumes.js';

type Config = tfc.serialization.ConfigDict;

/** What decides how many places a transposed convolution makes. */
interface TransposedArguments {
  readonly kernelSize: number | number[];
  readonly strides: number | number[];
  readonly padding: string;
  readonly outputPadding: number | number[] | null;
  readonly dilationRate: number | number[];
  readonly filters: number;
}

/** The shape that Keras gives the output of a transposed convolution over so many axes. */
function shapeOfTransposed(args: TransposedArguments, shape: Shape): Shape {
  const axes = shape.length - 2;
  const at = (given: number | number[], axis: number): number => each<number>(given, axes)[axis];
  const places = withPlaces(shape, (length, axis) => {
    const [stride, window] = [at(args.strides, axis), at(args.kernelSize, axis)];
    const reach = (window - 1) * at(args.dilationRate, axis) + 1;
    const extra = args.outputPadding === null ? null : at(args.outputPadding, axis);
    if (args.padding === 'valid') return (length - 1) * stride + reach + (extra ?? Math.max(stride - reach, 0));
    return extra === null ? length * stride : (length - 1) * stride + (reach % 2) + extra;
  });
  return [...places.slice(0, -1), args.filters];
}

const shapes = { strides: 1, padding: 'valid', outputPadding: null, dilationRate: 1 };

const transposedConvolution = (axes: number): LayerClass =>
  declared({
    className: `Conv${axes}DTranspose`,
    defaults: {
      ...{ filters: 1, kernelSize: 1, ...shapes, activation: 'linear', useBias: true },
      ...{ kernelInitializer: 'glorotUniform', biasInitializer: 'zeros' },
    },
    shapeOf: (args, [shape]) => shapeOfTransposed(args, shape),
    weightsOf: ({ filters, kernelSize, useBias, kernelInitializer, biasInitializer }, [row]) => [
      {
        name: 'kernel',
        shape: [...each<number>(kernelSize, axes), filters, row[row.length - 1]],
        initializer: kernelInitializer,
      },
      ...(useBias === false ? [] : [{ name: 'bias', shape: [filters], initializer: biasInitializer }]),
    ],
  });

/** As keras.layers.Conv2DTranspose: that of tfjs-layers knows neither `outputPadding` nor a dilation. */
class Conv2DTranspose extends registered('Conv2DTranspose') {
  /** @nocollapse */
  static readonly className = 'Conv2DTranspose';
  readonly #own: TransposedArguments;

  constructor(args: LayerArguments & Partial<TransposedArguments> = {}) {
    super({ ...args, dilationRate: 1 } as LayerArguments);
    this.#own = { ...shapes, ...args } as TransposedArguments;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapeOfTransposed(this.#own, inputShape as Shape);
  }

  override call(inputs: Tensor | Tensor[], others: Parameters<TfLayer['call']>[1]): Tensor | Tensor[] {
    const { outputPadding, dilationRate } = this.#own;
    if (outputPadding === null && [dilationRate].flat().every((rate) => rate === 1)) return super.call(inputs, others);
    throw fault(
      'SHAPE_ONLY_LAYER',
      `Layer ${this.name} is a Conv2DTranspose with outputPadding or a dilation, which TensorFlow.js cannot compute; use Lockstep's trainer.`,
    );
  }

  override getConfig(): Config {
    const { outputPadding, dilationRate } = this.#own;
    return { ...super.getConfig(), outputPadding, dilationRate } as Config;
  }
}

export const transposedConvolutions = [transposedConvolution(1), Conv2DTranspose, transposedConvolution(3)];
