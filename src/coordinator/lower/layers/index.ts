import type { LayerLowering } from '../layer.js';
import { activation } from './activation.js';
import { batchNormalization } from './batchNormalization.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { lstm } from './lstm.js';
import { maxPooling2d } from './maxPooling2d.js';
import { flatten, reshape } from './reshape.js';

/** Every layer that lowers, by Keras class name. */
export const layerLowerings: ReadonlyMap<string, LayerLowering> = new Map(
  [dense, activation, flatten, reshape, dropout, conv2d, maxPooling2d, lstm, batchNormalization].map((layer) => [
    layer.type,
    layer,
  ]),
);
