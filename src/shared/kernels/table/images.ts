import { kernel } from './definition.js';

/** The geometry that all kernels over NHWC windows share. Padding is that of the top and left side. */
const windows = {
  height: 'size',
  width: 'size',
  channels: 'size',
  windowHeight: 'size',
  windowWidth: 'size',
  strideHeight: 'size',
  strideWidth: 'size',
  dilationHeight: 'size',
  dilationWidth: 'size',
  padTop: 'count',
  padLeft: 'count',
  outHeight: 'size',
  outWidth: 'size',
} as const;

/** An image and the size it is brought to. */
const resizing = { height: 'size', width: 'size', channels: 'size', outHeight: 'size', outWidth: 'size' } as const;

/** Kernels over images, NHWC: convolutions, pooling, resizing. */
export const imageKernels = {
  /** y = activation(conv(x, w) + b). x (H, W, C), w (KH, KW, C, F), b (F), y (OH, OW, F) a row; cross-correlation. */
  conv2dForward: kernel({
    x: 'rows',
    w: 'parameter',
    b: 'parameter?',
    y: 'rows',
    ...windows,
    filters: 'size',
    activation: 'activation',
  }),
  /** dx = convᵀ(dy, w) ∘ activation′(x), where `activation` is the one that produced x. */
  conv2dInputGradient: kernel({
    dy: 'rows',
    w: 'parameter',
    x: 'rows',
    dx: 'rows',
    ...windows,
    filters: 'size',
    activation: 'activation',
  }),
  /** Slab: dw and db summed over rows and output positions, folded per shard in tree order. */
  conv2dWeightGradient: kernel({ x: 'rows', dy: 'rows', w: 'parameter', b: 'parameter?', ...windows, filters: 'size' }),
  /** y = the largest x of each window, padding never wins. x (H, W, C), y (OH, OW, C) a row. */
  maxPool2dForward: kernel({ x: 'rows', y: 'rows', ...windows }),
  /**
   * dx = dy at the first largest x of each window, summed where windows overlap, ∘ activation′(x). With `shared` all that
   * are as large share it equally.
   */
  maxPool2dBackward: kernel({
    x: 'rows',
    y: 'rows',
    dy: 'rows',
    dx: 'rows',
    ...windows,
    activation: 'activation',
    shared: 'flag',
  }),
  /** y = the mean of each window of each channel, over what lies inside the image. x (H, W, C), y (OH, OW, C) a row. */
  averagePool2dForward: kernel({ x: 'rows', y: 'rows', ...windows }),
  /** dx = Σ dy / elements of the window, over the windows that hold a pixel, ∘ activation′(x). */
  averagePool2dBackward: kernel({ dy: 'rows', x: 'rows', dx: 'rows', ...windows, activation: 'activation' }),
  /**
   * y = activation(conv(x, w) + b), each channel by a filter of its own. x (H, W, C), w (KH, KW, C), b (C),
   * y (OH, OW, C) a row; cross-correlation.
   */
  depthwiseConv2dForward: kernel({
    x: 'rows',
    w: 'parameter',
    b: 'parameter?',
    y: 'rows',
    ...windows,
    activation: 'activation',
  }),
  /** dx = convᵀ(dy, w) ∘ activation′(x), channel by channel. */
  depthwiseConv2dInputGradient: kernel({
    dy: 'rows',
    w: 'parameter',
    x: 'rows',
    dx: 'rows',
    ...windows,
    activation: 'activation',
  }),
  /** Slab: dw and db summed over rows and output positions, folded per shard in tree order. */
  depthwiseConv2dWeightGradient: kernel({ x: 'rows', dy: 'rows', w: 'parameter', b: 'parameter?', ...windows }),
  /**
   * y = x (H, W, C) resized to (OH, OW, C): between the nearest pixels' centres in a straight line, the border pixels
   * going on outside (TensorFlow's `image.resize`, half-pixel centres, without antialiasing).
   */
  bilinearForward: kernel({ x: 'rows', y: 'rows', ...resizing }),
  /** dx = the transpose of the same map at dy. */
  bilinearBackward: kernel({ dy: 'rows', dx: 'rows', ...resizing }),
} as const;
