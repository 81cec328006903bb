import { z } from 'zod';
import { pictureFields } from '../../../coordinator/data/images/options.js';
import { section, text } from '../../../coordinator/options/fields.js';

const folderRule = 'the path of a folder that has a folder of pictures for each class';
const { size, channels, ...others } = pictureFields;

/** How pictures are read, as a config says it. */
export const imagesSection = section({
  images: text(folderRule),
  /** A folder of its own to validate on, instead of fit.validationSplit. */
  validation: text(folderRule).exactOptional(),
  /** Height and width; default: those of the model's input. */
  size: size.exactOptional(),
  /** rgb or gray; default: by the model's input. */
  channels: channels.unwrap().exactOptional(),
  ...others,
  /** Names of the classes, in the order of the model's outputs; default: the folders, by code point. */
  classes: z
    .array(text('a class name'), { error: 'a list of class names' })
    .min(2, { error: 'a list of at least two class names' })
    .exactOptional(),
});

export type ImagesConfig = z.output<typeof imagesSection>;
