import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { LINEAR, storeSloped } from './activation.js';
import { ScratchRow } from './scratch.js';
import { type AxisTaps, type ImageTaps, resample, transposedImage, windowTaps } from './taps.js';

/** One record in float64, rounded once. */
const scratch = new ScratchRow();

/** y (OH, OW, C) = the mean of each window of x (H, W, C) over its pixels inside the image, for every row. */
export const averagePool2dForward: Kernel<KernelArguments<'averagePool2dForward'>> = ({ f32 }, pass, a) => {
  const input = a.height * a.width * a.channels;
  const output = a.outHeight * a.outWidth * a.channels;
  const means = meanTaps(windowTaps(a));
  const sum = scratch.of(output);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    resample(f32, a.x + row * input, means, a.width, a.channels, sum);
    storeSloped(f32, a.y + row * output, sum, a.y, output, LINEAR);
  }
};

/** dx (H, W, C) = Σ dy (OH, OW, C) / elements of the window, ∘ activation′(x), for every row. */
export const averagePool2dBackward: Kernel<KernelArguments<'averagePool2dBackward'>> = ({ f32 }, pass, a) => {
  const input = a.height * a.width * a.channels;
  const output = a.outHeight * a.outWidth * a.channels;
  const shares = transposedImage(meanTaps(windowTaps(a)), a.height, a.width);
  const sum = scratch.of(input);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    resample(f32, a.dy + row * output, shares, a.outWidth, a.channels, sum);
    storeSloped(f32, a.dx + row * input, sum, a.x + row * input, input, a.activation);
  }
};

/** Each pixel of a window counts for one in as many as it has. */
function meanTaps({ rows, columns }: ImageTaps): ImageTaps {
  const mean = (axis: AxisTaps): AxisTaps => axis.map((taps) => taps.map(({ at }) => ({ at, value: 1 / taps.length })));
  return { rows: mean(rows), columns: mean(columns) };
}
