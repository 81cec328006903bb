import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from './tf.js';

/** The first of 1,797 handwritten digits as images [rows, 8, 8, 1] with values in [0, 1], and their classes as numbers. */
export function loadDigits(count = 1797): { readonly images: tf.Tensor4D; readonly labels: number[] } {
  const text = gunzipSync(readFileSync('examples/data/digits.csv.gz')).toString();
  const rows = text
    .trim()
    .split('\n')
    .slice(0, count)
    .map((line) => line.split(',').map(Number));
  const pixels = rows.flatMap((row) => row.slice(0, 64).map((value) => value / 16));
  return { images: tf.tensor4d(pixels, [rows.length, 8, 8, 1]), labels: rows.map((row) => row[64]) };
}

/** One-hot rows. */
export function oneHot(labels: readonly number[], classes: number): tf.Tensor2D {
  return tf.cast(tf.oneHot(tf.tensor1d([...labels], 'int32'), classes), 'float32') as tf.Tensor2D;
}
