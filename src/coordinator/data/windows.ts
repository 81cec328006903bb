import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import { sizeOf } from '../compiler/lower/description.js';
import { flag, wholeNumber } from '../options/fields.js';
import { readOptions } from '../options/readOptions.js';
import type { LabelledData, RowSource } from '../options/trainerOptions.js';
import { isPlain, show } from '../options/values.js';

/** Numbers in the order of time: a typed array of one number a step, or values of shape [steps, …]. */
export type Series = SeriesValues | { readonly values: SeriesValues; readonly shape: readonly number[] };
export type SeriesValues = Float32Array | Int32Array;

export interface WindowOptions {
  /** Steps of a window. */
  readonly length: number;
  /** Steps from the beginning of one window to that of the next; default 1. */
  readonly stride?: number;
  /** Every so many steps of the series one of the window (Keras's `sampling_rate`); default 1. */
  readonly every?: number;
  /** What targets are taken from, of as many steps; default: the series. */
  readonly targets?: Series;
  /** How many steps of the series behind the last one of the window its target lies; default 1. 0 is the last one itself. */
  readonly ahead?: number;
  /** Give each step of the window a target, `ahead` steps behind it, of shape [length, …]; default: one target a window. */
  readonly eachStep?: boolean;
}

const schema = z.strictObject({
  length: wholeNumber(1),
  stride: wholeNumber(1).default(1),
  every: wholeNumber(1).default(1),
  targets: z.custom<Series>(isSeries, { error: 'a Float32Array, an Int32Array, or { values, shape }' }).exactOptional(),
  ahead: wholeNumber(0).default(1),
  eachStep: flag().default(false),
}) satisfies z.ZodType<WindowOptions>;

type Options = z.output<typeof schema>;

/** A series as rows of numbers. */
interface Steps {
  readonly values: SeriesValues;
  readonly shape: readonly number[];
  readonly size: number;
  readonly steps: number;
}

/**
 * Windows of a series as rows to train on: row r begins at step r · stride, x is [length, …]. Nothing is copied before a batch needs it.
 * There are as many rows as have all their steps and their target.
 *
 * Keras's `timeseries_dataset_from_array(data, targets, sequence_length)` pairs a window with the target at its *first* step: give it
 * targets moved by `length − 1 + ahead` for the same rows.
 *
 * @throws LockstepError `INVALID_DATA` where the series is shorter than a window and its target, or targets have other steps.
 */
export function windows(series: Series, given: WindowOptions): RowSource {
  const options = readOptions('data.windows', schema, given);
  const from = stepsOf('series', series);
  const targets = options.targets === undefined ? from : stepsOf('targets', options.targets);
  if (targets.steps !== from.steps) {
    throw userError(
      'INVALID_DATA',
      `data.windows: the series has ${from.steps} steps but targets have ${targets.steps}; give one a step.`,
    );
  }
  const rows = countWindows(from.steps, options);
  if (rows === 0) {
    throw userError(
      'INVALID_DATA',
      `data.windows: the series has ${from.steps} steps, but a window of ${options.length} and its target take ${spanOf(options)}; give a longer series or a shorter window.`,
    );
  }
  const starts = (numbers: Int32Array): Int32Array => numbers.map((row) => row * options.stride);
  return { rows, read: (numbers) => windowsAt(from, targets, starts(numbers), options) };
}

/** Steps of the series that a window and its target take. */
export const spanOf = ({ length, every, ahead }: Pick<Options, 'length' | 'every' | 'ahead'>): number =>
  (length - 1) * every + 1 + ahead;

/** Windows that a series of so many steps has. */
export function countWindows(steps: number, options: Pick<Options, 'length' | 'every' | 'ahead' | 'stride'>): number {
  return Math.max(0, Math.floor((steps - spanOf(options)) / options.stride) + 1);
}

/** The windows that begin at these steps. */
function windowsAt(
  from: Steps,
  targets: Steps,
  starts: Int32Array,
  { length, every, ahead, eachStep }: Options,
): LabelledData {
  const x = gather(from, starts, length, every);
  const last = (length - 1) * every + ahead;
  const y = eachStep
    ? gather(
        targets,
        starts.map((start) => start + ahead),
        length,
        every,
      )
    : gather(
        targets,
        starts.map((start) => start + last),
        1,
        1,
      );
  const [rows, , ...rest] = y.shape;
  return { x, y: eachStep ? y : { values: y.values, shape: [rows, ...rest] } };
}

function gather({ values, size, shape }: Steps, starts: Int32Array, length: number, every: number) {
  const out = new (values.constructor as new (length: number) => SeriesValues)(starts.length * length * size);
  let at = 0;
  for (const start of starts) {
    if (every === 1) {
      out.set(values.subarray(start * size, (start + length) * size), at);
      at += length * size;
      continue;
    }
    for (let step = 0; step < length; step++, at += size) {
      const place = (start + step * every) * size;
      out.set(values.subarray(place, place + size), at);
    }
  }
  return { values: out, shape: [starts.length, length, ...shape] };
}

function stepsOf(name: string, given: Series): Steps {
  if (!isSeries(given)) {
    throw userError(
      'INVALID_DATA',
      `data.windows: ${name} is ${show(given)}; give a Float32Array, an Int32Array, or { values, shape }.`,
    );
  }
  const { values, shape } = isValues(given) ? { values: given, shape: [given.length] } : given;
  const [steps, ...rest] = shape;
  const size = sizeOf(rest);
  if (steps * size === values.length) return { values, shape: rest, size, steps };
  throw userError(
    'INVALID_DATA',
    `data.windows: ${name} has ${values.length} values, but its shape [${shape.join(', ')}] has ${steps * size} places; give the shape of the values.`,
  );
}

function isValues(given: unknown): given is SeriesValues {
  return given instanceof Float32Array || given instanceof Int32Array;
}

function isSeries(given: unknown): given is Series {
  if (isValues(given)) return true;
  return isPlain(given) && isValues(given.values) && Array.isArray(given.shape);
}
