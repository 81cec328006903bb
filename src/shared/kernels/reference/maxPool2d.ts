import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { storeSloped } from './activation.js';
import { ScratchRow } from './scratch.js';

type ForwardArguments = KernelArguments<'maxPool2dForward'>;
type BackwardArguments = KernelArguments<'maxPool2dBackward'>;

/** One record of x in float64: gradients of overlapping windows meet here and are rounded once. */
const scratch = new ScratchRow();

/** y (OH, OW, C) = the largest x (H, W, C) of each window, for every row. A NaN in a window makes its y NaN. */
export const maxPool2dForward: Kernel<ForwardArguments> = ({ f32 }, pass, a) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const image = a.x + row * a.height * a.width * a.channels;
    let y = a.y + row * a.outHeight * a.outWidth * a.channels;
    for (let outRow = 0; outRow < a.outHeight; outRow++) {
      for (let outColumn = 0; outColumn < a.outWidth; outColumn++, y += a.channels) {
        poolWindow(f32, a, image, outRow, outColumn, y);
      }
    }
  }
};

/** y (C) = the largest pixel of the window of (outRow, outColumn), channel by channel. */
function poolWindow(
  f32: Float32Array,
  a: ForwardArguments,
  image: number,
  outRow: number,
  outColumn: number,
  y: number,
): void {
  for (let c = 0; c < a.channels; c++) f32[y + c] = Number.NEGATIVE_INFINITY;
  for (let kr = 0; kr < a.windowHeight; kr++) {
    const inRow = outRow * a.strideHeight - a.padTop + kr * a.dilationHeight;
    if (inRow < 0 || inRow >= a.height) continue;
    for (let kc = 0; kc < a.windowWidth; kc++) {
      const inColumn = outColumn * a.strideWidth - a.padLeft + kc * a.dilationWidth;
      if (inColumn < 0 || inColumn >= a.width) continue;
      const x = image + (inRow * a.width + inColumn) * a.channels;
      for (let c = 0; c < a.channels; c++) f32[y + c] = Math.max(f32[y + c], f32[x + c]);
    }
  }
}

/**
 * dx (H, W, C) = Σ dy over the windows of which a pixel is the first largest, ∘ activation′(x), for every row; with
 * `shared`, Σ dy over the pixels that are as large.
 */
export const maxPool2dBackward: Kernel<BackwardArguments> = ({ f32 }, pass, a) => {
  const size = a.height * a.width * a.channels;
  const sum = scratch.of(size);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    sum.fill(0, 0, size);
    scatterRow(f32, a, row, sum);
    storeSloped(f32, a.dx + row * size, sum, a.x + row * size, size, a.activation);
  }
};

/** sum (H, W, C) += the gradient of every window of one row. */
function scatterRow(f32: Float32Array, a: BackwardArguments, row: number, sum: Float64Array): void {
  const image = a.x + row * a.height * a.width * a.channels;
  let record = row * a.outHeight * a.outWidth * a.channels;
  for (let outRow = 0; outRow < a.outHeight; outRow++) {
    for (let outColumn = 0; outColumn < a.outWidth; outColumn++) {
      for (let c = 0; c < a.channels; c++, record++) {
        const equal = equalPixels(f32, a, image + c, outRow, outColumn, f32[a.y + record]);
        for (const pixel of equal) sum[pixel + c] += f32[a.dy + record] / equal.length;
      }
    }
  }
}

/**
 * Where, relative to `channel`, the window's pixels that have a share in its gradient lie: the first one equal to `largest`
 * in row-major order, or all of them; none for a NaN.
 */
function equalPixels(
  f32: Float32Array,
  a: BackwardArguments,
  channel: number,
  outRow: number,
  outColumn: number,
  largest: number,
): number[] {
  const equal: number[] = [];
  for (let kr = 0; kr < a.windowHeight; kr++) {
    const inRow = outRow * a.strideHeight - a.padTop + kr * a.dilationHeight;
    if (inRow < 0 || inRow >= a.height) continue;
    for (let kc = 0; kc < a.windowWidth; kc++) {
      const inColumn = outColumn * a.strideWidth - a.padLeft + kc * a.dilationWidth;
      if (inColumn < 0 || inColumn >= a.width) continue;
      const pixel = (inRow * a.width + inColumn) * a.channels;
      if (f32[channel + pixel] !== largest) continue;
      equal.push(pixel);
      if (!a.shared) return equal;
    }
  }
  return equal;
}
