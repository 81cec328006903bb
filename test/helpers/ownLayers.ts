import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { layers as Layers } from '@tensorflow/tfjs-layers';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';

/** Layer classes as a user writes them, which Lockstep knows nothing of. */

type Shape = (number | null)[];
type Arguments = ConstructorParameters<typeof Layers.Layer>[0];

const { initializers } = tfl;
const last = (shape: Shape): number => shape[shape.length - 1] as number;

abstract class OwnLayer extends tfl.layers.Layer {
  protected abstract map(inputs: readonly Tensor[], training: boolean): Tensor | Tensor[];

  override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor | Tensor[] {
    return tf.tidy(() => this.map([inputs].flat(), training)) as Tensor;
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
  }

  protected own(name: string, shape: number[], initializer = initializers.randomUniform({ minval: 0.5, maxval: 1.5 })) {
    this.built = true;
    return this.addWeight(name, shape, 'float32', initializer);
  }
}

type Variable = ReturnType<OwnLayer['addWeight']>;

/** tanh(x) · s + σ(t), with a weight for each feature and one for all. */
export class Scaled extends OwnLayer {
  static readonly className = 'OwnScaled';
  #s!: Variable;
  #t!: Variable;

  override build(shape: Shape): void {
    this.#s = this.own('s', [last(shape)]);
    this.#t = this.own('t', []);
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    return tf.add(tf.mul(tf.tanh(x), this.#s.read()), tf.sigmoid(this.#t.read()));
  }
}

/** x · w + b over the last axis. */
export class Affine extends OwnLayer {
  static readonly className = 'OwnAffine';
  readonly #units: number;
  #w!: Variable;
  #b!: Variable;

  constructor(args: Arguments & { units: number }) {
    super(args);
    this.#units = args.units;
  }

  override build(shape: Shape): void {
    this.#w = this.own('w', [last(shape), this.#units], initializers.glorotUniform({}) as never);
    this.#b = this.own('b', [this.#units]);
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    const flat = tf.reshape(x, [-1, last(x.shape)]);
    const y = tf.add(tf.matMul(flat as never, this.#w.read() as never), this.#b.read());
    return tf.reshape(y, [...x.shape.slice(0, -1), this.#units]);
  }

  override computeOutputShape(shape: Shape): Shape {
    return [...shape.slice(0, -1), this.#units];
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.#units };
  }
}

/** A step of a sequence for all, weighed by how well it answers one trained question. */
export class Attend extends OwnLayer {
  static readonly className = 'OwnAttend';
  #question!: Variable;

  override build(shape: Shape): void {
    this.#question = this.own('question', [last(shape), 1]);
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    const [rows, steps, features] = x.shape;
    const scores = tf.matMul(tf.reshape(x, [-1, features]), this.#question.read() as never);
    const shares = tf.softmax(tf.reshape(scores, [rows, steps]));
    return tf.sum(tf.mul(tf.expandDims(shares, 2), x), 1);
  }

  override computeOutputShape([rows, , features]: Shape): Shape {
    return [rows, features];
  }
}

/** x over its length, times a trained gain. */
export class RootMeanSquare extends OwnLayer {
  static readonly className = 'OwnRootMeanSquare';
  #gain!: Variable;

  override build(shape: Shape): void {
    this.#gain = this.own('gain', [last(shape)]);
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-3))), this.#gain.read());
  }
}

/** A convolution, and what is largest around. */
export class Convolution extends OwnLayer {
  static readonly className = 'OwnConvolution';
  #filters!: Variable;

  override build(shape: Shape): void {
    this.#filters = this.own('filters', [2, 2, last(shape), 3]);
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    const y = tf.conv2d(x as Tensor4D, this.#filters.read() as Tensor4D, 1, 'same');
    return tf.add(tf.tanh(y), tf.maxPool(y, 2, 1, 'same'));
  }

  override computeOutputShape(shape: Shape): Shape {
    return [...shape.slice(0, -1), 3];
  }
}

/** Two inputs by a trained share. */
export class Mix extends OwnLayer {
  static readonly className = 'OwnMix';
  #share!: Variable;

  override build(): void {
    this.#share = this.own('share', [1]);
  }

  protected override map([a, b]: readonly Tensor[]): Tensor {
    const share = tf.sigmoid(this.#share.read());
    return tf.add(tf.mul(share, a), tf.mul(tf.sub(1, share), b));
  }
}

/** Half of what comes in at inference, all of it in training. */
export class TwoModes extends OwnLayer {
  static readonly className = 'OwnTwoModes';

  protected override map([x]: readonly Tensor[], training: boolean): Tensor {
    return training ? x : tf.mul(x, 0.5);
  }
}

/** Drops a half of its input in training. */
export class Noisy extends OwnLayer {
  static readonly className = 'OwnNoisy';

  protected override map([x]: readonly Tensor[], training: boolean): Tensor {
    return training ? tf.dropout(x, 0.5) : x;
  }
}

/** A draw of a normal distribution of which its inputs are the mean and the logarithm of the variance. */
export class Sampling extends OwnLayer {
  static readonly className = 'OwnSampling';

  protected override map([mean, logVariance]: readonly Tensor[]): Tensor {
    const normal = tf.randomNormal(mean.shape);
    return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), normal));
  }
}

/** Random numbers of three kinds, in thirds, and its input in the last. */
export class Draws extends OwnLayer {
  static readonly className = 'OwnDraws';

  protected override map([x]: readonly Tensor[]): Tensor {
    const drawn = [
      tf.randomUniform(x.shape, -1, 3),
      tf.randomNormal(x.shape, 0.5, 2),
      tf.truncatedNormal(x.shape, 1, 3),
    ];
    return tf.concat([...drawn, x], -1);
  }

  override computeOutputShape([rows, features]: Shape): Shape {
    return [rows, 4 * (features as number)];
  }
}

/** Layers that cannot be traced, by why. */
export class Seeded extends OwnLayer {
  static readonly className = 'OwnSeeded';

  protected override map([x]: readonly Tensor[]): Tensor {
    return tf.add(x, tf.randomNormal(x.shape, 0, 1, 'float32', 7));
  }
}

export class Centred extends OwnLayer {
  static readonly className = 'OwnCentred';

  protected override map([x]: readonly Tensor[]): Tensor {
    return tf.sub(x, tf.mean(x, 0));
  }
}

export class Counting extends OwnLayer {
  static readonly className = 'OwnCounting';
  #calls!: Variable;

  override build(): void {
    this.#calls = this.addWeight('calls', [], 'float32', initializers.zeros(), undefined, false);
    this.built = true;
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    this.#calls.write(tf.add(this.#calls.read(), 1));
    return tf.mul(x, 1);
  }
}

export class Penalized extends OwnLayer {
  static readonly className = 'OwnPenalized';
  #s!: Variable;

  override build(shape: Shape): void {
    const penalty = tfl.regularizers.l2({ l2: 0.1 });
    this.#s = this.addWeight('s', [last(shape)], 'float32', initializers.ones(), penalty as never);
    this.built = true;
  }

  protected override map([x]: readonly Tensor[]): Tensor {
    return tf.mul(x, this.#s.read());
  }
}

export class Halves extends OwnLayer {
  static readonly className = 'OwnHalves';

  protected override map([x]: readonly Tensor[]): Tensor[] {
    return tf.split(x, 2, 1);
  }

  override computeOutputShape([rows, features]: Shape): Shape {
    const half = [rows, (features as number) / 2];
    return [half, half] as never;
  }
}

for (const own of [
  Convolution,
  Scaled,
  Affine,
  Attend,
  RootMeanSquare,
  Mix,
  TwoModes,
  Centred,
  Noisy,
  Sampling,
  Draws,
  Seeded,
  Counting,
  Penalized,
  Halves,
]) {
  tf.serialization.registerClass(own as never);
}
