import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import { dataFormat } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { type Sharing, sharingOf } from '../sharing.js';

const rate = z.number().min(0).lt(1);
const seed = z.number().nullable().optional();
const noiseShape = z.array(z.int().positive().nullable()).nullable().optional();

/** Zeroes a share of the elements while training and scales the others; the identity at inference. */
export const dropout: LayerLowering = {
  type: 'Dropout',
  mask: 'passes',
  arguments: { rate, seed, noiseShape },
  lower: (layer, x, to) => lowerZeroing(layer, x, to, noiseSharing(layer)),
};

/** The same for whole channels of a sequence: Tompson et al., "Efficient object localization", 2015. */
export const spatialDropout1d: LayerLowering = {
  type: 'SpatialDropout1D',
  mask: 'passes',
  arguments: { rate, seed },
  lower: lowerChannelDropout,
};

/** The same for whole channels of an image. */
export const spatialDropout2d: LayerLowering = {
  type: 'SpatialDropout2D',
  mask: 'passes',
  arguments: { rate, seed, dataFormat },
  lower: lowerChannelDropout,
};

/** The value that SELU tends to on the left: −scale · alpha of Klambauer et al., "Self-normalizing neural networks", 2017. */
const SATURATED = -1.0507009873554805 * 1.6732632423543772;

/** Sets a share of the elements to SELU's left end, then scales and shifts all so that mean and variance stay. */
export const alphaDropout: LayerLowering = {
  type: 'AlphaDropout',
  mask: 'passes',
  arguments: { rate, seed, noiseShape },
  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const rate = layer.config.rate as number;
    const scale = ((1 - rate) * (1 + rate * SATURATED ** 2)) ** -0.5;
    const shift = -scale * SATURATED * rate;
    return lowerDropout(layer, x, to, noiseSharing(layer), { scale, shift, dropped: scale * SATURATED + shift });
  },
};

/** Dropout of whole channels, the last axis. */
export function lowerChannelDropout(layer: LayerDescription, x: Value, to: Builder): Value {
  return lowerZeroing(layer, x, to, channelSharing(layer));
}

/** Dropout of whole rows, of so many elements. */
export function lowerRowDropout(layer: LayerDescription, x: Value, to: Builder, size: number): Value {
  return lowerZeroing(layer, x, to, { outer: 1, own: 1, inner: size });
}

function lowerZeroing(layer: LayerDescription, x: Value, to: Builder, sharing: Sharing): Value {
  const scale = 1 / (1 - (layer.config.rate as number));
  return lowerDropout(layer, x, to, sharing, { scale, shift: 0, dropped: 0 });
}

/** What becomes of the elements: x · scale + shift, or `dropped`. */
interface Fate {
  readonly scale: number;
  readonly shift: number;
  readonly dropped: number;
}

function lowerDropout(layer: LayerDescription, x: Value, to: Builder, sharing: Sharing, fate: Fate): Value {
  const rate = layer.config.rate as number;
  const number = to.nextLayerNumber();
  if (!to.training || rate === 0) return x;
  const { outer, own, inner } = sharing;
  const shared = { outer, draws: own, inner, rate, layer: number };
  const y = to.buffer(`${layer.name} output`, sizeOf(x.shape));
  to.emit({ kernel: 'dropout', args: { x: x.buffer, y, ...shared, ...fate } });
  to.onBackward((dy) => {
    if (!x.trained) return dy;
    to.emitBackward({ kernel: 'dropout', args: { x: dy, y: dy, ...shared, ...fate, shift: 0, dropped: 0 } });
    return dy;
  });
  return { ...x, buffer: y };
}

/** One draw for each channel: the last axis. */
function channelSharing({ name, inputShape }: LayerDescription): Sharing {
  const own = inputShape.map((length, axis) => (axis === inputShape.length - 1 ? length : 1));
  return sharingOf(name, 'noise', own, inputShape);
}

/** Draws by `noiseShape`, whose first length is that of the batch; one for each element where there is none. */
function noiseSharing({ name, inputShape, config }: LayerDescription): Sharing {
  const given = config.noiseShape as readonly (number | null)[] | null | undefined;
  if (given === null || given === undefined) return { outer: 1, own: sizeOf(inputShape), inner: 1 };
  if (given[0] === 1) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${name} has noiseShape [${given.map(String).join(', ')}], one mask for all samples; Lockstep draws for each sample, so give null for the first length.`,
    );
  }
  const own = given.slice(1).map((length, axis) => length ?? inputShape[axis]);
  return sharingOf(name, 'noise', own, inputShape);
}
