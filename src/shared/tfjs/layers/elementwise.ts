import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers as Layers } from '@tensorflow/tfjs-layers';
import { tfc, tfl } from '../tfjs.js';
import type { Shape } from './shapeOnly.js';

type Arguments = ConstructorParameters<typeof Layers.Layer>[0];
type Config = tfc.serialization.ConfigDict;

/** A layer whose output has the shape of its input, computed by `map`; TensorFlow.js can compute it too. */
export abstract class ElementwiseLayer extends tfl.layers.Layer {
  constructor(args?: Arguments) {
    super(args);
    this.supportsMasking = true;
  }

  protected abstract map(x: Tensor): Tensor;

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tfc.tidy(() => this.map(Array.isArray(inputs) ? inputs[0] : inputs));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return inputShape as Shape;
  }
}

/** As keras.layers.ReLU: that of tfjs-layers knows neither `negativeSlope` nor `threshold`. */
export class ReLU extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'ReLU';
  readonly #maxValue: number | null;
  readonly #negativeSlope: number;
  readonly #threshold: number;

  constructor(args: Arguments & { maxValue?: number | null; negativeSlope?: number; threshold?: number } = {}) {
    super(args);
    this.#maxValue = args.maxValue ?? null;
    this.#negativeSlope = args.negativeSlope ?? 0;
    this.#threshold = args.threshold ?? 0;
  }

  protected override map(x: Tensor): Tensor {
    const above = this.#maxValue === null ? x : tfc.minimum(x, this.#maxValue);
    const below = tfc.mul(tfc.sub(x, this.#threshold), this.#negativeSlope);
    return tfc.where(tfc.greater(x, this.#threshold), above, below);
  }

  override getConfig(): Config {
    const own = { maxValue: this.#maxValue, negativeSlope: this.#negativeSlope, threshold: this.#threshold };
    return { ...super.getConfig(), ...own };
  }
}

/** As keras.layers.LeakyReLU: that of tfjs-layers does not know the slope by its name in Keras 3, `negativeSlope`. */
export class LeakyReLU extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'LeakyReLU';
  readonly #alpha: number;

  constructor(args: Arguments & { alpha?: number; negativeSlope?: number } = {}) {
    super(args);
    this.#alpha = args.alpha ?? args.negativeSlope ?? 0.3;
  }

  protected override map(x: Tensor): Tensor {
    return tfc.leakyRelu(x, this.#alpha);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.#alpha };
  }
}

/** As keras.layers.ELU: that of tfjs-layers refuses an `alpha` other than 1. */
export class ELU extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'ELU';
  readonly #alpha: number;

  constructor(args: Arguments & { alpha?: number } = {}) {
    super(args);
    this.#alpha = args.alpha ?? 1;
  }

  protected override map(x: Tensor): Tensor {
    return tfc.where(tfc.greater(x, 0), x, tfc.mul(tfc.expm1(x), this.#alpha));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), alpha: this.#alpha };
  }
}

/** 1 where x > 0, else 0; `gradient` says what Lockstep takes for its derivative. Keras has no such layer. */
export class Step extends ElementwiseLayer {
  /** @nocollapse */
  static readonly className = 'Step';
  readonly #gradient: string;

  constructor(args: Arguments & { gradient?: string } = {}) {
    super(args);
    this.#gradient = args.gradient ?? 'zero';
  }

  protected override map(x: Tensor): Tensor {
    return tfc.step(x);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), gradient: this.#gradient };
  }
}
