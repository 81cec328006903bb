import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import { activationNumber } from '../activation.js';
import { initializer } from '../arguments.js';
import { lowerOverAxes } from '../axes.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/**
 * Normalizes each channel (the last axis by default) over the whole global batch, so that any number of ranks equals one. A frozen
 * layer uses its moving averages, as in Keras.
 */
export const batchNormalization: LayerLowering = {
  type: 'BatchNormalization',
  mask: 'passes',
  arguments: {
    axis: z.int().optional(),
    momentum: z.number().min(0).max(1).optional(),
    epsilon: z.number().positive().optional(),
    center: z.boolean().optional(),
    scale: z.boolean().optional(),
    betaInitializer: initializer,
    gammaInitializer: initializer,
    movingMeanInitializer: initializer,
    movingVarianceInitializer: initializer,
  },

  initializers: (config) => [
    ...(config.scale === false ? [] : [config.gammaInitializer]),
    ...(config.center === false ? [] : [config.betaInitializer]),
    config.movingMeanInitializer,
    config.movingVarianceInitializer,
  ],

  lower: (layer, x, to) =>
    lowerOverAxes(layer, x, to, (ordered) => lowerLastAxis({ ...layer, inputShape: ordered.shape }, ordered, to)),
};

function lowerLastAxis(layer: LayerDescription, x: Value, to: Builder): Value {
  const weights = weightsOf(layer, to);
  const channels = x.shape[x.shape.length - 1];
  const channelwise = { inner: sizeOf(x.shape) / channels, channels, epsilon: Number(layer.config.epsilon) };
  const y = to.buffer(`${layer.name} output`, sizeOf(x.shape));
  const output = { buffer: y, shape: x.shape, trained: x.trained || layer.trained };
  if (!to.training || isFrozen(layer)) {
    to.emit({ kernel: 'batchNormInference', args: { x: x.buffer, y, ...weights, ...channelwise } });
    lowerFrozenGradient(layer, x, weights, channelwise, to);
    return output;
  }
  requireNoMask(layer, x);
  lowerTraining(layer, x, y, weights, channelwise, to);
  return output;
}

/** Keras takes the statistics of the steps that are there. */
function requireNoMask({ name }: LayerDescription, { mask }: Value): void {
  if (mask === undefined) return;
  throw userError(
    'UNSUPPORTED_MASK',
    `Layer ${name} is a BatchNormalization of a masked sequence, whose statistics of the steps that are there do not lower to kernels; use LayerNormalization, or end the mask before it.`,
  );
}

interface Weights {
  readonly gamma: number;
  readonly beta: number;
  readonly mean: number;
  readonly variance: number;
}

interface Channelwise {
  readonly inner: number;
  readonly channels: number;
  readonly epsilon: number;
}

function lowerTraining(
  layer: LayerDescription,
  x: Value,
  y: number,
  { gamma, beta, mean, variance }: Weights,
  { epsilon, ...channelwise }: Channelwise,
  to: Builder,
): void {
  const sum = to.sums(2 * channelwise.channels);
  const gradientSum = to.sums(2 * channelwise.channels);
  const shared = { x: x.buffer, sum, epsilon, ...channelwise };
  to.emit({ kernel: 'batchNormSums', args: { x: x.buffer, sum, ...channelwise } });
  to.syncForward();
  to.emit({ kernel: 'batchNormForward', args: { y, gamma, beta, ...shared } });
  const momentum = Number(layer.config.momentum);
  to.emitAverage({ kernel: 'batchNormAverages', args: { mean, variance, sum, momentum, ...channelwise } });
  to.onBackward((dy) => {
    to.emitBackward({ kernel: 'batchNormGradientSums', args: { dy, gamma, beta, gradientSum, ...shared } });
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    const activation = activationNumber('linear');
    to.syncBackward();
    to.emitBackward({ kernel: 'batchNormInputGradient', args: { dy, dx, gamma, gradientSum, activation, ...shared } });
    return dx;
  });
}

function lowerFrozenGradient(
  layer: LayerDescription,
  x: Value,
  { gamma, variance }: Weights,
  channelwise: Channelwise,
  to: Builder,
): void {
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    to.emitBackward({ kernel: 'batchNormFrozenGradient', args: { dy, dx, gamma, variance, ...channelwise } });
    return dx;
  });
}

/** Offsets of the weights, which stand in the order gamma, beta, moving mean, moving variance; −1 for absent ones. */
function weightsOf(layer: LayerDescription, to: Builder): Weights {
  const { scale, center } = layer.config;
  const gamma = scale === false ? -1 : to.parameter(layer, 0);
  const beta = center === false ? -1 : to.parameter(layer, scale === false ? 0 : 1);
  const first = layer.weights.length - 2;
  return { gamma, beta, mean: to.parameter(layer, first), variance: to.parameter(layer, first + 1) };
}

/** Without gamma and beta nothing tells a frozen layer from another; Keras trains its averages. */
function isFrozen(layer: LayerDescription): boolean {
  return layer.config.trainable === false;
}
