import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';
import { Draw, differentiable, type Expression, shapes } from './randomLosses.js';

/** Layers written of TensorFlow.js's operations by a generator, with one or two weights: the same seed writes the same one. */

type Shape = (number | null)[];
type Arguments = ConstructorParameters<typeof tfl.layers.Layer>[0] & { readonly seed: number };
type Variable = ReturnType<RandomLayer['addWeight']>;

interface Written {
  readonly inner: Expression;
  readonly hasShift: boolean;
  readonly shape: readonly number[];
}

function written(seed: number): Written {
  const draw = new Draw(seed);
  const shape = draw.of(shapes);
  return { inner: differentiable(draw), hasShift: draw.below(2) === 0, shape };
}

/** inner(x · scale, x + shift) + x / 10: its input always counts. */
class RandomLayer extends tfl.layers.Layer {
  static readonly className = 'OwnRandom';
  readonly #seed: number;
  readonly #written: Written;
  #scale!: Variable;
  #shift: Variable | null = null;

  constructor(args: Arguments) {
    super(args);
    this.#seed = args.seed;
    this.#written = written(args.seed);
  }

  override build(shape: Shape): void {
    const initializer = tfl.initializers.randomUniform({ minval: 0.5, maxval: 1.5, seed: 1 + this.#seed });
    const length = shape[shape.length - 1] as number;
    this.#scale = this.addWeight('scale', [length], 'float32', initializer);
    if (this.#written.hasShift) this.#shift = this.addWeight('shift', [length], 'float32', initializer);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0];
      const scaled = tf.mul(x, this.#scale.read());
      const shifted = this.#shift === null ? x : tf.add(x, this.#shift.read());
      return tf.add(this.#written.inner.of(scaled, shifted), tf.mul(0.1, x));
    });
  }

  override computeOutputShape(shape: Shape): Shape {
    return shape;
  }

  override getConfig() {
    return { ...super.getConfig(), seed: this.#seed };
  }
}
tf.serialization.registerClass(RandomLayer);

/** The layer of a seed between two Dense layers, and what it computes as text. */
export function randomLayerModel(seed: number): {
  readonly model: LayersModel;
  readonly text: string;
  readonly shape: number[];
} {
  const { inner, hasShift, shape } = written(seed);
  const { layers } = tfl;
  const dense = (units: number, first = {}) => layers.dense({ units, activation: 'tanh', ...first });
  const model = tfl.sequential({
    layers: [
      dense(shape[shape.length - 1], { inputShape: [...shape] }),
      new RandomLayer({ seed }),
      ...(shape.length > 1 ? [layers.flatten()] : []),
      layers.dense({ units: 1 }),
    ],
  });
  return { model, text: `${inner.text}${hasShift ? ' of two weights' : ' of one weight'}`, shape: [...shape] };
}
