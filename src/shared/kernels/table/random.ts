import { kernel } from './definition.js';

/** Uniform in [0, 1), standard normal, and standard normal within two deviations of the mean. */
export const distributions = ['uniform', 'normal', 'truncatedNormal'] as const;
export type Distribution = (typeof distributions)[number];

/** Kernels that draw keyed random numbers. */
export const randomKernels = {
  /**
   * y = x · scale + shift where the Philox uniform of (seed, dropout, layer, step, batch row, draw) is at least `rate`, else
   * `dropped`; x −1 stands for ones. A row is (outer, draws, inner): elements that differ only in the first and the last share a draw. The same
   * call, without shift and with 0 for what is dropped, carries gradients backward. y may be x.
   */
  dropout: kernel({
    x: 'rows?',
    y: 'rows',
    outer: 'size',
    draws: 'size',
    inner: 'size',
    rate: 'number',
    scale: 'number',
    shift: 'number',
    dropped: 'number',
    layer: 'count',
  }),
  /** y = x + deviation · n, n the standard normal quantile of the uniform of (seed, noise, layer, step, batch row, element). */
  gaussianNoise: kernel({ x: 'rows', y: 'rows', size: 'size', deviation: 'number', layer: 'count' }),
  /**
   * y = random numbers alone, of the distribution of that number in `distributions`, each from the uniform that gaussianNoise draws for
   * its element.
   */
  randomRows: kernel({ y: 'rows', size: 'size', distribution: 'count', layer: 'count' }),
  /** y = x · (1 + deviation · n), n as in gaussianNoise. The same call carries gradients backward. y may be x. */
  gaussianDropout: kernel({ x: 'rows', y: 'rows', size: 'size', deviation: 'number', layer: 'count' }),
} as const;
