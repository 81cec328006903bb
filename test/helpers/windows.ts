/** The geometry of windows over an NHWC image, from the words a layer uses. */
export interface WindowCase {
  readonly image: readonly [height: number, width: number, channels: number];
  readonly window: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** The arguments that kernels over windows share. */
export function windowArguments({ image, window, strides = [1, 1], dilation = [1, 1], padding }: WindowCase) {
  const [height, width, channels] = image;
  const rows = axis(height, window[0], strides[0], dilation[0], padding);
  const columns = axis(width, window[1], strides[1], dilation[1], padding);
  return {
    height,
    width,
    channels,
    windowHeight: window[0],
    windowWidth: window[1],
    strideHeight: strides[0],
    strideWidth: strides[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    padTop: rows.before,
    padLeft: columns.before,
    outHeight: rows.out,
    outWidth: columns.out,
  };
}

/** Output positions and leading padding along one axis: `same` gives ⌈input / stride⌉, the smaller half before. */
function axis(input: number, window: number, stride: number, dilation: number, padding: WindowCase['padding']) {
  const reach = (window - 1) * dilation + 1;
  if (padding === 'valid') return { out: Math.floor((input - reach) / stride) + 1, before: 0 };
  const out = Math.ceil(input / stride);
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + reach - input) / 2) };
}

export const describeWindows = ({ image, window, strides, dilation, padding }: WindowCase): string =>
  `${image.join('×')} window ${window.join('×')}, strides ${strides ?? 1}, dilation ${dilation ?? 1}, ${padding}`;

/** Images and windows of size 1, primes, strides, both paddings and dilation. */
export const convolutionWindows: readonly WindowCase[] = [
  { image: [1, 1, 1], window: [1, 1], padding: 'valid' },
  { image: [5, 7, 3], window: [3, 3], padding: 'valid' },
  { image: [5, 7, 3], window: [3, 3], padding: 'same' },
  { image: [7, 5, 1], window: [2, 3], strides: [2, 1], padding: 'same' },
  { image: [8, 8, 2], window: [3, 3], strides: [2, 2], padding: 'same' },
  { image: [7, 6, 2], window: [3, 2], strides: [3, 2], padding: 'valid' },
  { image: [7, 7, 2], window: [3, 3], dilation: [2, 2], padding: 'same' },
  { image: [6, 9, 1], window: [2, 3], dilation: [3, 2], padding: 'valid' },
  { image: [3, 2, 2], window: [5, 5], padding: 'same' },
];

/** Pooling windows: apart, overlapping, larger than their stride, and cut by padding. */
export const poolingWindows: readonly WindowCase[] = [
  { image: [1, 1, 1], window: [1, 1], padding: 'valid' },
  { image: [4, 6, 3], window: [2, 2], strides: [2, 2], padding: 'valid' },
  { image: [5, 7, 2], window: [2, 2], strides: [2, 2], padding: 'same' },
  { image: [5, 5, 1], window: [3, 3], strides: [1, 1], padding: 'same' },
  { image: [7, 5, 3], window: [3, 2], strides: [2, 1], padding: 'valid' },
];
