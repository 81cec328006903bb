import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerScaled, type Scaling } from '../scaled.js';

/** One number, or one for each channel. */
const numbers = z.union([z.number(), z.array(z.number()).min(1)]);

/** y = x · scale + offset. */
export const rescaling: LayerLowering = {
  type: 'Rescaling',
  mask: 'passes',
  arguments: { scale: numbers, offset: numbers.optional() },
  lower: (layer, x, to) => lowerScaled(layer, x, scalingsOf(layer), to),
};

export function scalingsOf(layer: LayerDescription): Scaling[] {
  const [scales, offsets] = [[layer.config.scale].flat(), [layer.config.offset ?? 0].flat()] as [number[], number[]];
  const count = Math.max(scales.length, offsets.length);
  for (const given of [scales, offsets]) requireChannels(layer, given);
  return Array.from({ length: count }, (_, i) => ({
    scale: scales[scales.length > 1 ? i : 0],
    shift: offsets[offsets.length > 1 ? i : 0],
  }));
}

function requireChannels({ name, inputShape }: LayerDescription, { length }: readonly number[]): void {
  const channels = inputShape[inputShape.length - 1];
  if (length === 1 || length === channels) return;
  throw userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${name} (Rescaling) has ${length} numbers for ${channels} channels; give one for all, or one for each.`,
  );
}
