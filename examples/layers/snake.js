/** A layer of one's own, as TensorFlow.js has them. Every rank imports this file by its URL, which registers the class. */
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';

/** x + sin²(a·x) / a with one trained frequency a for each feature: learns what repeats (Ziyin et al., 2020). */
export class Snake extends layers.Layer {
  static className = 'Snake';

  build(inputShape) {
    this.frequency = this.addWeight('frequency', inputShape.slice(-1), 'float32', initializers.ones());
    this.built = true;
  }

  call(inputs) {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const a = this.frequency.read();
      return tf.add(x, tf.div(tf.square(tf.sin(tf.mul(a, x))), a));
    });
  }

  computeOutputShape(inputShape) {
    return inputShape;
  }
}

tf.serialization.registerClass(Snake);

export const snakeModule = import.meta.url;
