import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers as Layers } from '@tensorflow/tfjs-layers';
import { tfc, tfl } from '../tfjs.js';
import { ElementwiseLayer } from './elementwise.js';
import type { Shape } from './shapeOnly.js';

type Arguments = ConstructorParameters<typeof Layers.Layer>[0];
type Config = tfc.serialization.ConfigDict;
type Numbers = number | number[];

/** What Keras divides by at least. */
const SMALLEST = 1e-7;

/** As keras.layers.Rescaling: that of tfjs-layers takes one number for all channels. */
export class Rescaling extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'Rescaling';
  readonly #scale: Numbers;
  readonly #offset: Numbers;

  constructor(args: Arguments & { scale?: Numbers; offset?: Numbers } = {}) {
    super(args);
    this.#scale = args.scale ?? 1;
    this.#offset = args.offset ?? 0;
  }

  protected override map(x: Tensor): Tensor {
    return tfc.add(tfc.mul(x, this.#scale), this.#offset);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), scale: this.#scale, offset: this.#offset };
  }
}

/** As keras.layers.Normalization of the last axes of a row: mean and variance are arguments, or weights. */
export class Normalization extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'Normalization';
  readonly #axis: Numbers | null;
  readonly #given: { readonly mean: Numbers; readonly variance: Numbers } | null;
  readonly #invert: boolean;

  constructor(
    args: Arguments & {
      axis?: Numbers | null;
      mean?: Numbers | null;
      variance?: Numbers | null;
      invert?: boolean;
    } = {},
  ) {
    super(args);
    const { axis = -1, mean = null, variance = null, invert = false } = args;
    this.#axis = axis;
    this.#given = mean === null || variance === null ? null : { mean, variance };
    this.#invert = invert;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, ...row] = inputShape as Shape;
    const kept = [this.#axis ?? []].flat().map((axis) => row[axis < 0 ? axis + row.length : axis - 1]);
    if (this.#given === null) {
      const { zeros, ones } = tfl.initializers;
      this.addWeight('mean', kept, undefined, zeros(), undefined, false);
      this.addWeight('variance', kept, undefined, ones(), undefined, false);
    }
    this.built = true;
  }

  protected override map(x: Tensor): Tensor {
    const [mean, variance] =
      this.#given === null ? this.weights.map((weight) => weight.read()) : Object.values(this.#given);
    const deviation = tfc.maximum(tfc.sqrt(variance), SMALLEST);
    return this.#invert ? tfc.add(tfc.mul(x, deviation), mean) : tfc.div(tfc.sub(x, mean), deviation);
  }

  override getConfig(): Config {
    const { mean = null, variance = null } = this.#given ?? {};
    return { ...super.getConfig(), axis: this.#axis, mean, variance, invert: this.#invert };
  }
}

/** As keras.layers.UnitNormalization: vectors along some axes get the length 1. */
export class UnitNormalization extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'UnitNormalization';
  readonly #axis: Numbers;

  constructor(args: Arguments & { axis?: Numbers } = {}) {
    super(args);
    this.#axis = args.axis ?? -1;
  }

  protected override map(x: Tensor): Tensor {
    return tfc.div(x, tfc.sqrt(tfc.maximum(tfc.sum(tfc.square(x), this.#axis, true), 1e-12)));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.#axis };
  }
}
