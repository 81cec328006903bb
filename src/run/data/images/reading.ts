import { z } from 'zod';
import { pictureFields } from '../../../coordinator/data/images/options.js';
import { wholeNumber } from '../../../coordinator/options/fields.js';
import { userError } from '../../../shared/errors.js';
import { classTarget } from '../classTarget.js';
import type { DataRequest } from '../format.js';
import type { ImagesConfig } from './section.js';

const { size, channels, interpolation, fit, scale } = pictureFields;

/** What a run keeps of its pictures: other ones become the same rows. */
export const keptOfImages = z.object({
  classes: z.array(z.string(), { error: 'a list of class names' }),
  target: z.enum(['classes', 'oneHot', 'binary'], { error: 'a kind of target' }),
  size,
  channels: channels.unwrap(),
  interpolation: interpolation.unwrap(),
  fit: fit.unwrap(),
  scale: scale.unwrap(),
  rows: wholeNumber(1),
  digest: z.string({ error: 'a sha256 in hex' }),
});

export type KeptImages = z.output<typeof keptOfImages>;

/** How pictures become rows of the model's input; what does not fit it is an error before a file is opened. */
export function readingOf(data: ImagesConfig, request: DataRequest): Omit<KeptImages, 'classes' | 'rows' | 'digest'> {
  const [height, width, depth] = requireImageInput(request.model.inputShape);
  const { size = [height, width], channels = depth === 1 ? 'gray' : 'rgb', interpolation, fit, scale } = data;
  const made = [...size, channels === 'gray' ? 1 : 3];
  if (made.join() !== [height, width, depth].join()) {
    throw userError(
      'SHAPE_MISMATCH',
      `data makes pictures of [${made.join(', ')}] (size and channels), but the model's input is [${height}, ${width}, ${depth}]; change one, or remove data.size and data.channels.`,
    );
  }
  return { target: classTarget(data.images, request), size, channels, interpolation, fit, scale };
}

function requireImageInput(shape: readonly number[]): readonly number[] {
  const depth = shape[2];
  if (shape.length === 3 && (depth === 1 || depth === 3)) return shape;
  throw userError(
    'SHAPE_MISMATCH',
    `The model's input is [${shape.join(', ')}], but pictures are [height, width, 3], or [height, width, 1] in gray; change inputShape.`,
  );
}
