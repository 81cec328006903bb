/**
 * A loss and a metric of one's own for any trainer: `modules: [pinballModule]`, `loss: { name: 'custom', function: 'pinball' }`.
 * Both take targets and predictions of shape (rows, values) and return one number for each row.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Of the quantile that is to be learnt: Koenker and Bassett, "Regression Quantiles", 1978. */
const QUANTILE = 0.9;

export function pinball(targets, predictions) {
  const error = tf.sub(targets, predictions);
  return tf.mean(tf.maximum(tf.mul(error, QUANTILE), tf.mul(error, QUANTILE - 1)), -1);
}

/** The share of a row's targets that lie below what is predicted: tends to the quantile. */
export function below(targets, predictions) {
  return tf.mean(tf.cast(tf.less(targets, predictions), 'float32'), -1);
}

export const pinballModule = import.meta.url;
