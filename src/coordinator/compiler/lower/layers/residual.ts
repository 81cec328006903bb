import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import { positive } from '../arguments.js';
import { lowerChannelAffine } from '../channelAffine.js';
import { sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerRowDropout } from './dropout.js';

/** y = gamma · x, a trained number for each channel: Touvron et al., "Going deeper with image transformers", 2021. */
const layerScale: LayerLowering = {
  type: 'LayerScale',
  mask: 'passes',
  arguments: { initValues: z.number(), projectionDim: positive },
  initializers: ({ initValues }) => [{ className: 'Constant', config: { value: initValues } }],
  lower(layer, x, to) {
    const channels = x.shape[x.shape.length - 1];
    if (channels === layer.config.projectionDim) {
      return lowerChannelAffine(layer, x, { gamma: to.parameter(layer, 0), beta: -1 }, to);
    }
    throw userError(
      'INVALID_LAYER_ARGUMENT',
      `Layer ${layer.name} (LayerScale) has projectionDim ${layer.config.projectionDim} for ${channels} channels; give that number.`,
    );
  },
};

/** While training a share of the rows becomes 0: Huang et al., "Deep networks with stochastic depth", 2016. */
const stochasticDepth: LayerLowering = {
  type: 'StochasticDepth',
  mask: 'passes',
  arguments: { dropPathRate: z.number().min(0).lt(1) },
  lower: (layer, x, to) =>
    lowerRowDropout({ ...layer, config: { rate: layer.config.dropPathRate } }, x, to, sizeOf(x.shape)),
};

export const residualLowerings: readonly LayerLowering[] = [layerScale, stochasticDepth];
