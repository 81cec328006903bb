import type { KernelArguments } from '../table.js';

/**
 * What one place of a result takes of a source along one axis: the place in the source, and a value that goes with it (a
 * factor, or the index within a window).
 */
export interface Tap {
  readonly at: number;
  readonly value: number;
}

/** The taps of every place of the result along one axis: a sparse matrix, row by row. */
export type AxisTaps = readonly (readonly Tap[])[];

/** Both axes of an image. */
export interface ImageTaps {
  readonly rows: AxisTaps;
  readonly columns: AxisTaps;
}

type Windows = Omit<KernelArguments<'averagePool2dForward'>, 'x' | 'y'>;

/** For each window the pixels that lie inside the image; the value is the index within the window. */
export function windowTaps(a: Windows): ImageTaps {
  return {
    rows: axisWindows(a.height, a.windowHeight, a.strideHeight, a.dilationHeight, a.padTop, a.outHeight),
    columns: axisWindows(a.width, a.windowWidth, a.strideWidth, a.dilationWidth, a.padLeft, a.outWidth),
  };
}

function axisWindows(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: number,
  count: number,
): AxisTaps {
  const inside = ({ at }: Tap): boolean => at >= 0 && at < size;
  return Array.from({ length: count }, (_, out) =>
    Array.from({ length: window }, (_, value) => ({ at: out * stride - padding + value * dilation, value })).filter(
      inside,
    ),
  );
}

/** The transpose: for each of `size` places of the source, the results that take of it. */
export function transposed(taps: AxisTaps, size: number): AxisTaps {
  const result: Tap[][] = Array.from({ length: size }, () => []);
  taps.forEach((own, to) => {
    for (const { at, value } of own) result[at].push({ at: to, value });
  });
  return result;
}

export function transposedImage({ rows, columns }: ImageTaps, height: number, width: number): ImageTaps {
  return { rows: transposed(rows, height), columns: transposed(columns, width) };
}

/**
 * sum (rows, columns, C) = the image x of `width` columns, resampled: every pixel of the result adds up its taps, each
 * by the product of its row's and its column's factor.
 */
export function resample(
  f32: Float32Array,
  x: number,
  { rows, columns }: ImageTaps,
  width: number,
  channels: number,
  sum: Float64Array,
): void {
  let to = 0;
  for (const rowTaps of rows) {
    for (const columnTaps of columns) {
      sum.fill(0, to, to + channels);
      for (const row of rowTaps) {
        for (const column of columnTaps) {
          const factor = row.value * column.value;
          const from = x + (row.at * width + column.at) * channels;
          for (let c = 0; c < channels; c++) sum[to + c] += factor * f32[from + c];
        }
      }
      to += channels;
    }
  }
}
