import type { LabelledData } from '../../options/trainerOptions.js';

/** The classes of rows, and what a model is given of them. */
export interface Targets {
  readonly labels: Int32Array;
  readonly classes: number;
  /** A 1 among as many numbers as there are classes, in place of the class's number. */
  readonly oneHot: boolean;
}

/** What rows of these numbers are to be. */
export function labelsOf({ labels, classes, oneHot }: Targets, rows: Int32Array): LabelledData['y'] {
  const numbers = rows.map((row) => labels[row]);
  if (!oneHot) return numbers;
  const values = new Float32Array(rows.length * classes);
  numbers.forEach((label, i) => {
    values[i * classes + label] = 1;
  });
  return { values, shape: [rows.length, classes] };
}
