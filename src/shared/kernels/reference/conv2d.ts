import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { storeActivated, storeSloped } from './activation.js';
import { addProduct, addTransposedProduct } from './dense.js';
import { addRecords, foldShards } from './foldShards.js';
import { ScratchRow } from './scratch.js';

type ForwardArguments = KernelArguments<'conv2dForward'>;
type InputGradientArguments = KernelArguments<'conv2dInputGradient'>;
type WeightGradientArguments = KernelArguments<'conv2dWeightGradient'>;

const scratch = new ScratchRow();

/** y (OH, OW, F) = activation(x (H, W, C) ⋆ w (KH, KW, C, F) + b (F)), for every row. */
export const conv2dForward: Kernel<ForwardArguments> = (memory, pass, a) => {
  const { f32, parameters } = memory;
  const sum = scratch.of(a.filters);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const image = a.x + row * a.height * a.width * a.channels;
    let y = a.y + row * a.outHeight * a.outWidth * a.filters;
    for (let outRow = 0; outRow < a.outHeight; outRow++) {
      for (let outColumn = 0; outColumn < a.outWidth; outColumn++, y += a.filters) {
        for (let f = 0; f < a.filters; f++) sum[f] = a.b < 0 ? 0 : f32[parameters + a.b + f];
        addWindow(memory, a, image, outRow, outColumn, sum);
        storeActivated(f32, y, sum, a.filters, a.activation);
      }
    }
  }
};

/** sum (F) += the window of (outRow, outColumn) · w; what lies in the padding is zero and skipped. */
function addWindow(
  { f32, parameters }: KernelMemory,
  a: ForwardArguments,
  image: number,
  outRow: number,
  outColumn: number,
  sum: Float64Array,
): void {
  for (let kr = 0; kr < a.windowHeight; kr++) {
    const inRow = outRow * a.strideHeight - a.padTop + kr * a.dilationHeight;
    if (inRow < 0 || inRow >= a.height) continue;
    for (let kc = 0; kc < a.windowWidth; kc++) {
      const inColumn = outColumn * a.strideWidth - a.padLeft + kc * a.dilationWidth;
      if (inColumn < 0 || inColumn >= a.width) continue;
      const x = image + (inRow * a.width + inColumn) * a.channels;
      const w = parameters + a.w + (kr * a.windowWidth + kc) * a.channels * a.filters;
      addProduct(f32, x, w, a.channels, a.filters, sum);
    }
  }
}

/** dx (H, W, C) = convᵀ(dy (OH, OW, F), w (KH, KW, C, F)) ∘ activation′(x), for every row. */
export const conv2dInputGradient: Kernel<InputGradientArguments> = (memory, pass, a) => {
  const sum = scratch.of(a.channels);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const dyImage = a.dy + row * a.outHeight * a.outWidth * a.filters;
    let pixel = row * a.height * a.width * a.channels;
    for (let inRow = 0; inRow < a.height; inRow++) {
      for (let inColumn = 0; inColumn < a.width; inColumn++, pixel += a.channels) {
        sum.fill(0, 0, a.channels);
        addPixelGradient(memory, a, dyImage, inRow, inColumn, sum);
        storeSloped(memory.f32, a.dx + pixel, sum, a.x + pixel, a.channels, a.activation);
      }
    }
  }
};

/** sum (C) += dy · wᵀ of every output position whose window holds the pixel (inRow, inColumn). */
function addPixelGradient(
  { f32, parameters }: KernelMemory,
  a: InputGradientArguments,
  dyImage: number,
  inRow: number,
  inColumn: number,
  sum: Float64Array,
): void {
  for (let kr = 0; kr < a.windowHeight; kr++) {
    const outRow = (inRow + a.padTop - kr * a.dilationHeight) / a.strideHeight;
    if (!isPosition(outRow, a.outHeight)) continue;
    for (let kc = 0; kc < a.windowWidth; kc++) {
      const outColumn = (inColumn + a.padLeft - kc * a.dilationWidth) / a.strideWidth;
      if (!isPosition(outColumn, a.outWidth)) continue;
      const dy = dyImage + (outRow * a.outWidth + outColumn) * a.filters;
      const w = parameters + a.w + (kr * a.windowWidth + kc) * a.channels * a.filters;
      addTransposedProduct(f32, dy, w, a.channels, a.filters, sum);
    }
  }
}

const isPosition = (place: number, count: number): boolean => place >= 0 && place < count && Number.isInteger(place);

/** dw (KH, KW, C, F) and db (F), summed over rows and output positions. */
export const conv2dWeightGradient: Kernel<WeightGradientArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  const positions = a.outHeight * a.outWidth;
  foldShards(memory, pass, a.w, a.windowHeight * a.windowWidth * a.channels * a.filters, (from, to, sum) =>
    addWindowProducts(f32, a, from, to, sum),
  );
  if (a.b < 0) return;
  foldShards(memory, pass, a.b, a.filters, (from, to, sum) =>
    addRecords(f32, a.dy, a.filters, from * positions, to * positions, sum),
  );
};

/** sum (KH, KW, C, F) += windowᵀ · dy over the output positions of rows [from, to). */
function addWindowProducts(
  f32: Float32Array,
  a: WeightGradientArguments,
  from: number,
  to: number,
  sum: Float64Array,
): void {
  for (let row = from; row < to; row++) {
    const image = a.x + row * a.height * a.width * a.channels;
    let dy = a.dy + row * a.outHeight * a.outWidth * a.filters;
    for (let outRow = 0; outRow < a.outHeight; outRow++) {
      for (let outColumn = 0; outColumn < a.outWidth; outColumn++, dy += a.filters) {
        addWindowProduct(f32, a, image, outRow, outColumn, dy, sum);
      }
    }
  }
}

/** sum (KH, KW, C, F) += the window of (outRow, outColumn) ⊗ dy (F). */
function addWindowProduct(
  f32: Float32Array,
  a: WeightGradientArguments,
  image: number,
  outRow: number,
  outColumn: number,
  dy: number,
  sum: Float64Array,
): void {
  for (let kr = 0; kr < a.windowHeight; kr++) {
    const inRow = outRow * a.strideHeight - a.padTop + kr * a.dilationHeight;
    if (inRow < 0 || inRow >= a.height) continue;
    for (let kc = 0; kc < a.windowWidth; kc++) {
      const inColumn = outColumn * a.strideWidth - a.padLeft + kc * a.dilationWidth;
      if (inColumn < 0 || inColumn >= a.width) continue;
      const x = image + (inRow * a.width + inColumn) * a.channels;
      const w = (kr * a.windowWidth + kc) * a.channels * a.filters;
      addOuterProduct(f32, x, dy, a.channels, a.filters, sum, w);
    }
  }
}

/** sum[at …] (C, F) += x (C) ⊗ dy (F). */
function addOuterProduct(
  f32: Float32Array,
  x: number,
  dy: number,
  channels: number,
  filters: number,
  sum: Float64Array,
  at: number,
): void {
  for (let c = 0; c < channels; c++) {
    const value = f32[x + c];
    const row = at + c * filters;
    for (let f = 0; f < filters; f++) sum[row + f] += value * f32[dy + f];
  }
}
