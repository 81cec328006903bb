import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { storeActivated, storeSloped } from './activation.js';
import { addRecords, foldShards } from './foldShards.js';
import { ScratchRow } from './scratch.js';
import { type ImageTaps, type Tap, transposedImage, windowTaps } from './taps.js';

type WeightGradientArguments = KernelArguments<'depthwiseConv2dWeightGradient'>;

const scratch = new ScratchRow();

/** y (OH, OW, C) = activation(x (H, W, C) ⋆ w (KH, KW, C), channel by channel, + b (C)), for every row. */
export const depthwiseConv2dForward: Kernel<KernelArguments<'depthwiseConv2dForward'>> = (memory, pass, a) => {
  const { f32, parameters } = memory;
  const taps = windowTaps(a);
  const sum = scratch.of(a.channels);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const x = a.x + row * a.height * a.width * a.channels;
    let y = a.y + row * a.outHeight * a.outWidth * a.channels;
    forEachPixel(taps, (rowTaps, columnTaps) => {
      for (let c = 0; c < a.channels; c++) sum[c] = a.b < 0 ? 0 : f32[parameters + a.b + c];
      addTaps(f32, x, a.width, parameters + a.w, a.windowWidth, rowTaps, columnTaps, a.channels, sum);
      storeActivated(f32, y, sum, a.channels, a.activation);
      y += a.channels;
    });
  }
};

/** dx (H, W, C) = convᵀ(dy (OH, OW, C), w (KH, KW, C)) ∘ activation′(x), for every row. */
export const depthwiseConv2dInputGradient: Kernel<KernelArguments<'depthwiseConv2dInputGradient'>> = (
  memory,
  pass,
  a,
) => {
  const { f32, parameters } = memory;
  const taps = transposedImage(windowTaps(a), a.height, a.width);
  const sum = scratch.of(a.channels);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const dy = a.dy + row * a.outHeight * a.outWidth * a.channels;
    let pixel = row * a.height * a.width * a.channels;
    forEachPixel(taps, (rowTaps, columnTaps) => {
      sum.fill(0, 0, a.channels);
      addTaps(f32, dy, a.outWidth, parameters + a.w, a.windowWidth, rowTaps, columnTaps, a.channels, sum);
      storeSloped(f32, a.dx + pixel, sum, a.x + pixel, a.channels, a.activation);
      pixel += a.channels;
    });
  }
};

function forEachPixel(
  { rows, columns }: ImageTaps,
  visit: (rowTaps: readonly Tap[], columnTaps: readonly Tap[]) => void,
): void {
  for (const rowTaps of rows) for (const columnTaps of columns) visit(rowTaps, columnTaps);
}

/** sum (C) += the image's pixels at the taps, each ∘ the weights of its place in the window. */
function addTaps(
  f32: Float32Array,
  image: number,
  width: number,
  w: number,
  windowWidth: number,
  rowTaps: readonly Tap[],
  columnTaps: readonly Tap[],
  channels: number,
  sum: Float64Array,
): void {
  for (const row of rowTaps) {
    for (const column of columnTaps) {
      const pixel = image + (row.at * width + column.at) * channels;
      const weights = w + (row.value * windowWidth + column.value) * channels;
      for (let c = 0; c < channels; c++) sum[c] += f32[pixel + c] * f32[weights + c];
    }
  }
}

/** dw (KH, KW, C) and db (C), summed over rows and output positions. */
export const depthwiseConv2dWeightGradient: Kernel<WeightGradientArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  const positions = a.outHeight * a.outWidth;
  const taps = windowTaps(a);
  foldShards(memory, pass, a.w, a.windowHeight * a.windowWidth * a.channels, (from, to, sum) => {
    for (let row = from; row < to; row++) addWindowProducts(f32, a, taps, row, sum);
  });
  if (a.b < 0) return;
  foldShards(memory, pass, a.b, a.channels, (from, to, sum) =>
    addRecords(f32, a.dy, a.channels, from * positions, to * positions, sum),
  );
};

/** sum (KH, KW, C) += windows ∘ dy over the output positions of one row. */
function addWindowProducts(
  f32: Float32Array,
  a: WeightGradientArguments,
  taps: ImageTaps,
  row: number,
  sum: Float64Array,
): void {
  const x = a.x + row * a.height * a.width * a.channels;
  let dy = a.dy + row * a.outHeight * a.outWidth * a.channels;
  forEachPixel(taps, (rowTaps, columnTaps) => {
    for (const { at: inRow, value: kr } of rowTaps) {
      for (const { at: inColumn, value: kc } of columnTaps) {
        const pixel = x + (inRow * a.width + inColumn) * a.channels;
        const weights = (kr * a.windowWidth + kc) * a.channels;
        for (let c = 0; c < a.channels; c++) sum[weights + c] += f32[pixel + c] * f32[dy + c];
      }
    }
    dy += a.channels;
  });
}
