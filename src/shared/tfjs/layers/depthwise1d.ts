import type { tfc } from '../tfjs.js';
import type { LayerArguments } from './corrected.js';
import { initializerOf } from './initializer.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

type Config = tfc.serialization.ConfigDict;
type Window = number | number[];

interface DepthwiseArguments extends Config {
  kernelSize: Window;
  filters?: number;
}

const only = (window: Window): number => [window].flat()[0];

/** As keras.layers.DepthwiseConv1D: shapes and weights of a convolution of each channel of a sequence by itself. */
export class DepthwiseConv1D extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className: string = 'DepthwiseConv1D';
  readonly own: Config & { kernelSize: Window; strides: Window; dilationRate: Window; depthMultiplier: number };

  constructor(args: LayerArguments & Partial<DepthwiseArguments> = {}) {
    super(args);
    this.own = {
      ...{ strides: 1, dilationRate: 1, depthMultiplier: 1, padding: 'valid', dataFormat: 'channelsLast' },
      ...{ activation: 'linear', useBias: true, depthwiseInitializer: 'glorotUniform', biasInitializer: 'zeros' },
      ...ownOf(args as Config),
      kernelSize: args.kernelSize ?? 1,
    } as DepthwiseConv1D['own'];
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , channels] = inputShape as number[];
    const { kernelSize, depthMultiplier, depthwiseInitializer } = this.own;
    this.add('depthwise_kernel', [only(kernelSize), channels, depthMultiplier], depthwiseInitializer);
    this.buildOutput(channels * depthMultiplier);
    this.built = true;
  }

  /** What stands behind the convolution of each channel, which leaves so many. */
  protected buildOutput(channels: number): void {
    if (this.own.useBias !== false) this.add('bias', [channels], this.own.biasInitializer);
  }

  protected channelsOf(channels: number): number {
    return channels * this.own.depthMultiplier;
  }

  protected add(name: string, shape: number[], initializer: unknown): void {
    this.addWeight(name, shape, undefined, initializerOf(initializer), undefined, true);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [rows, steps, channels] = inputShape as Shape;
    const { kernelSize, strides, dilationRate, padding } = this.own;
    const reach = padding === 'same' ? 1 : (only(kernelSize) - 1) * only(dilationRate) + 1;
    const left = steps === null ? null : Math.floor((steps - reach) / only(strides)) + 1;
    return [rows, left, this.channelsOf(channels as number)];
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.own };
  }
}

/** As keras.layers.SeparableConv1D: such a convolution, then a dense layer over the channels of each step. */
export class SeparableConv1D extends DepthwiseConv1D {
  /** @nocollapse */
  static override readonly className: string = 'SeparableConv1D';

  protected override buildOutput(channels: number): void {
    const { filters, pointwiseInitializer = 'glorotUniform', useBias, biasInitializer } = this.own;
    this.add('pointwise_kernel', [1, channels, filters as number], pointwiseInitializer);
    if (useBias !== false) this.add('bias', [filters as number], biasInitializer);
  }

  protected override channelsOf(): number {
    return this.own.filters as number;
  }
}

/** The arguments of the layer itself, without those of every layer. */
function ownOf({
  name: _,
  trainable: __,
  inputShape: ___,
  batchInputShape: ____,
  dtype: _____,
  ...own
}: Config): Config {
  return own;
}
