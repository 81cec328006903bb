import type { UpdateCall } from '../kernels/updateCall.js';
import { flag, nonPositive, optimizer, positive } from './definition.js';
import { realPowerOf } from './realPowerOf.js';
import { gradientOf, weightOf } from './treatment.js';

export const adafactor = optimizer({
  kind: 'adafactor',
  arguments: {
    beta2Decay: nonPositive(-0.8),
    epsilon1: positive(1e-30),
    epsilon2: positive(1e-3),
    clipThreshold: positive(1),
    relativeStep: flag(true),
  },
  /** rate, epsilon1, epsilon2, share that averages keep, threshold, rows, columns (0 where they are kept whole) · averages */
  kernel: { name: 'adafactor', vectors: 2, scalars: 7, whole: true, update },
  vectors: () => ['rowAverages', 'columnAverages'],
  // Keras 3.15.1 bounds the rate by 1 / √t whether steps are relative or not.
  scalars: ({ beta2Decay, epsilon1, epsilon2, clipThreshold }, rate, update) => [
    ...[Math.min(rate, 1 / Math.sqrt(update + 1)), epsilon1, epsilon2],
    ...[1 - 1 / realPowerOf(update + 1, -beta2Decay), clipThreshold],
  ],
  shapeScalars: (shape) => (shape.length < 2 ? [0, 0] : shape.slice(-2)),
});

/**
 * Adafactor (Shazeer and Stern, "Adaptive learning rates with sublinear memory cost", 2018) as in Keras 3: the average of g²
 * of a matrix is the product of those of its rows and columns, r · c / mean(r). With u = g / √v,
 * p −= max(ε2, rms(p)) · rate · u / max(1, rms(u) / threshold). u takes the place of the gradient.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, , epsilon2, , threshold, rows, columns] = call.scalars;
  if (rows === 0) divideByAverages(f32, call);
  else {
    for (let at = 0; at < call.to - call.from; at += rows * columns) {
      divideByFactors(f32, call, at, at / (rows * columns));
    }
  }
  let [weights, directions] = [0, 0];
  for (let e = call.from; e < call.to; e++) {
    directions += f32[call.gradient + e] ** 2;
    weights += weightOf(f32, call, e) ** 2;
  }
  const rms = (squares: number): number => Math.sqrt(squares / (call.to - call.from));
  const step = (rate * Math.max(epsilon2, rms(weights))) / Math.max(1, rms(directions) / threshold);
  for (let e = call.from; e < call.to; e++) {
    f32[call.parameters + e] = weightOf(f32, call, e) - step * f32[call.gradient + e];
  }
}

/** g becomes g / √v of a weight of one axis. */
function divideByAverages(f32: Float32Array, call: UpdateCall): void {
  const [, epsilon1, , keep] = call.scalars;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const average = keep * f32[call.vectors[0] + e] + (1 - keep) * (g * g + epsilon1);
    f32[call.vectors[0] + e] = average;
    f32[call.gradient + e] = g / Math.sqrt(average);
  }
}

/** The same of matrix number `matrix`, whose elements begin at `at`; its averages stand where those of its rows and columns do. */
function divideByFactors(f32: Float32Array, call: UpdateCall, at: number, matrix: number): void {
  const [, epsilon1, , keep, , rows, columns] = call.scalars;
  const ofRows = call.vectors[0] + call.from + matrix * rows;
  const ofColumns = call.vectors[1] + call.from + matrix * columns;
  const element = (row: number, column: number): number => call.from + at + row * columns + column;
  const square = (row: number, column: number): number => gradientOf(f32, call, element(row, column)) ** 2;
  const average = (place: number, squares: number, count: number): void => {
    f32[place] = keep * f32[place] + (1 - keep) * (squares / count + epsilon1);
  };
  for (let row = 0; row < rows; row++) {
    average(
      ofRows + row,
      sumOver(columns, (column) => square(row, column)),
      columns,
    );
  }
  for (let column = 0; column < columns; column++) {
    average(
      ofColumns + column,
      sumOver(rows, (row) => square(row, column)),
      rows,
    );
  }
  const mean = sumOver(rows, (row) => f32[ofRows + row]) / rows;
  for (let e = 0; e < rows * columns; e++) {
    const [row, column] = [Math.floor(e / columns), e % columns];
    const average = (f32[ofRows + row] / mean) * f32[ofColumns + column];
    const place = element(row, column);
    f32[call.gradient + place] = gradientOf(f32, call, place) / Math.sqrt(average);
  }
}

function sumOver(count: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}
