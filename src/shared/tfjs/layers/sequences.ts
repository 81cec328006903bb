import type { layers as Layers } from '@tensorflow/tfjs-layers';
import type { tfc } from '../tfjs.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

type Arguments = ConstructorParameters<typeof Layers.Layer>[0];
type Config = tfc.serialization.ConfigDict;
type Sides = [before: number, after: number];

/** (rows, steps, features) with another number of steps. */
function withSteps(inputShape: Shape | Shape[], change: (steps: number) => number): Shape {
  const [rows, steps, features] = inputShape as Shape;
  return [rows, steps === null ? null : change(steps), features];
}

/** One number for both sides, or one for each. */
const bothSides = (sides: number | Sides): Sides => (typeof sides === 'number' ? [sides, sides] : sides);

/** As keras.layers.Cropping1D: without the first and the last steps. */
export class Cropping1D extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'Cropping1D';
  readonly #cropping: Sides;

  constructor(args: Arguments & { cropping?: number | Sides } = {}) {
    super(args);
    this.#cropping = bothSides(args.cropping ?? 1);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return withSteps(inputShape, (steps) => steps - this.#cropping[0] - this.#cropping[1]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), cropping: this.#cropping };
  }
}

/** As keras.layers.ZeroPadding1D: steps of zeros before and after. */
export class ZeroPadding1D extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'ZeroPadding1D';
  readonly #padding: Sides;

  constructor(args: Arguments & { padding?: number | Sides } = {}) {
    super(args);
    this.#padding = bothSides(args.padding ?? 1);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return withSteps(inputShape, (steps) => steps + this.#padding[0] + this.#padding[1]);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), padding: this.#padding };
  }
}

/** As keras.layers.UpSampling1D: every step `size` times. */
export class UpSampling1D extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'UpSampling1D';
  readonly #size: number;

  constructor(args: Arguments & { size?: number } = {}) {
    super(args);
    this.#size = args.size ?? 2;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return withSteps(inputShape, (steps) => steps * this.#size);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), size: this.#size };
  }
}
