import { sizeOf } from '../../coordinator/compiler/lower/description.js';
import { readSource } from '../../coordinator/data/columns.js';
import type { Trainer } from '../../coordinator/trainer.js';
import type { CountedRows, OutputNaming } from '../data/format.js';

/** How a trained model does on its validation rows: what a report shows beside the curves. Plain data, kept with the run. */
export interface ValidationFacts {
  readonly rows: number;
  /** Names of the classes; empty where the model predicts numbers. */
  readonly classes: readonly string[];
  /** counts[truth][prediction] */
  readonly confusions: readonly (readonly number[])[];
  /** Ten ranges of the probability that the model gave the class it chose. */
  readonly calibration: readonly CalibrationBin[];
  readonly worst: readonly Mistake[];
}

/** Rows whose chosen class had a probability within a range. */
export interface CalibrationBin {
  readonly from: number;
  readonly rows: number;
  /** Mean of the probability, and the share that was right: equal for a model that knows what it does not know. */
  readonly confidence: number;
  readonly right: number;
}

/** A row where the model is surely wrong, or far off. */
export interface Mistake {
  /** Place among the validation rows, from 0. */
  readonly row: number;
  readonly truth: string;
  readonly prediction: string;
  /** The probability of the chosen class, or the distance. */
  readonly by: number;
  readonly image?: Picture;
}

/** Bytes of a picture, row by row, in base64. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bytes: string;
}

/** Rows beyond these are left to `lockstep evaluate`. */
const MOST_ROWS = 10_000;
const WORST = 12;
const BINS = 10;

/** Judges the rows that a run validates on; null where there are too many, several outputs, or targets of another kind. */
export async function judgeValidation(
  trainer: Trainer,
  rows: CountedRows,
  { target, classes: names }: OutputNaming,
): Promise<ValidationFacts | null> {
  const size = sizeOf(trainer.outputShape);
  if (rows.rows > MOST_ROWS || trainer.outputShape.length !== 1) return null;
  const { values: truth } = readSource(rows.y, { name: 'y', shape: target === 'classes' ? [1] : [size] });
  if (truth.length !== rows.rows * (target === 'classes' ? 1 : size)) return null;
  const { values } = await trainer.predict({ x: rows.x });
  const picture = picturesOf(rows.x);
  const facts = { rows: rows.rows, classes: [], confusions: [], calibration: [] };
  if (target === 'numbers') return { ...facts, worst: farthest(truth, values, size, picture) };
  const count = Math.max(size, 2);
  const classes = Array.from({ length: count }, (_, i) => names?.[i] ?? String(i));
  const judged = Array.from({ length: rows.rows }, (_, row) => judge(truth, values, { row, size, target }));
  const confusions = classes.map((_, i) => classes.map((__, j) => countOf(judged, i, j)));
  // Logits have no probabilities to be calibrated.
  const isSure = values.every((value) => value >= 0 && value <= 1);
  return {
    ...facts,
    classes,
    confusions,
    calibration: isSure ? calibrate(judged) : [],
    worst: surest(judged, classes, picture),
  };
}

interface Judged {
  readonly row: number;
  readonly truth: number;
  readonly prediction: number;
  readonly probability: number;
}

interface RowOf {
  readonly row: number;
  readonly size: number;
  readonly target: OutputNaming['target'];
}

function judge(truth: ArrayLike<number>, values: ArrayLike<number>, { row, size, target }: RowOf): Judged {
  if (size === 1) {
    const prediction = Number(values[row] > 0.5);
    const probability = prediction === 1 ? values[row] : 1 - values[row];
    return { row, truth: Number(truth[row] > 0.5), prediction, probability };
  }
  const prediction = largest(values, row * size, size);
  const label = target === 'classes' ? truth[row] : largest(truth, row * size, size);
  return { row, truth: label, prediction, probability: values[row * size + prediction] };
}

/** The first of the largest. */
function largest(values: ArrayLike<number>, from: number, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) if (values[from + i] > values[from + best]) best = i;
  return best;
}

function countOf(judged: readonly Judged[], truth: number, prediction: number): number {
  return judged.filter((row) => row.truth === truth && row.prediction === prediction).length;
}

function calibrate(judged: readonly Judged[]): CalibrationBin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const rows = judged.filter(({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === bin);
    const mean = (of: (row: Judged) => number): number =>
      rows.reduce((sum, row) => sum + of(row), 0) / Math.max(1, rows.length);
    return {
      from: bin / BINS,
      rows: rows.length,
      confidence: mean(({ probability }) => probability),
      right: mean(({ truth, prediction }) => Number(truth === prediction)),
    };
  }).filter(({ rows }) => rows > 0);
}

type PictureOf = (row: number) => { readonly image?: Picture };

/** Wrong rows, those first of which the model was surest. */
function surest(judged: readonly Judged[], classes: readonly string[], picture: PictureOf): Mistake[] {
  return judged
    .filter(({ truth, prediction }) => truth !== prediction)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, WORST)
    .map(({ row, truth, prediction, probability }) => {
      return { row, truth: classes[truth], prediction: classes[prediction], by: probability, ...picture(row) };
    });
}

/** Rows by the distance of what is predicted, the largest first. */
function farthest(truth: ArrayLike<number>, values: Float32Array, size: number, picture: PictureOf): Mistake[] {
  const part = (from: ArrayLike<number>, row: number): number[] =>
    Array.from({ length: size }, (_, i) => from[row * size + i]);
  const text = (numbers: readonly number[]): string =>
    numbers.map((number) => Number(number.toPrecision(5))).join(', ');
  return Array.from({ length: values.length / size }, (_, row) => {
    const [asked, given] = [part(truth, row), part(values, row)];
    return { row, asked, given, by: Math.hypot(...asked.map((value, i) => value - given[i])) };
  })
    .sort((a, b) => b.by - a.by)
    .slice(0, WORST)
    .map(({ row, asked, given, by }) => ({ row, truth: text(asked), prediction: text(given), by, ...picture(row) }));
}

/** The longest side of a picture; larger ones are thinned out. */
const SIDE = 64;

/** Pictures of rows that are some: [rows, height, width, 1 or 3], their values stretched to bytes. */
function picturesOf(x: unknown): PictureOf {
  const { values, shape } = (x ?? {}) as { readonly values?: ArrayLike<number>; readonly shape?: readonly number[] };
  const [, height = 0, width = 0, channels = 0] = shape ?? [];
  if (values === undefined || shape?.length !== 4 || ![1, 3].includes(channels)) return () => ({});
  const stride = Math.ceil(Math.max(height, width) / SIDE);
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  return (row) => {
    const at = (i: number): number => {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      const place = Math.floor(pixel / columns) * stride * width + (pixel % columns) * stride;
      return values[(row * height * width + place) * channels + channel];
    };
    const numbers = Array.from({ length: rows * columns * channels }, (_, i) => at(i));
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const bytes = Uint8Array.from(numbers, (value) => (255 * (value - low)) / (high - low || 1));
    return { image: { width: columns, height: rows, channels, bytes: Buffer.from(bytes).toString('base64') } };
  };
}
