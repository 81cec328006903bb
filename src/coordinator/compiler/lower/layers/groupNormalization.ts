import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import { initializer, positive } from '../arguments.js';
import { lowerOverAxes } from '../axes.js';
import type { Builder, Value } from '../builder.js';
import { lowerChannelAffine } from '../channelAffine.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerPermuted } from '../strided.js';
import { lowerLastAxes } from './layerNormalization.js';

/** Normalizes groups of channels, each with all its places: Wu and He, "Group normalization", 2018. */
export const groupNormalization: LayerLowering = {
  type: 'GroupNormalization',
  mask: 'passes',
  arguments: {
    groups: z.union([positive, z.literal(-1)]).optional(),
    axis: z.int().optional(),
    epsilon: z.number().positive().optional(),
    center: z.boolean().optional(),
    scale: z.boolean().optional(),
    betaInitializer: initializer,
    gammaInitializer: initializer,
  },

  initializers: (config) => [
    ...(config.scale === false ? [] : [config.gammaInitializer]),
    ...(config.center === false ? [] : [config.betaInitializer]),
  ],

  lower: (layer, x, to) => lowerOverAxes(layer, x, to, (ordered) => lowerLastAxis(layer, ordered, to)),
};

function lowerLastAxis(layer: LayerDescription, x: Value, to: Builder): Value {
  const { scale, center } = layer.config;
  const channels = x.shape[x.shape.length - 1];
  const places = sizeOf(x.shape) / channels;
  const groups = groupsOf(layer, channels);
  // (places, groups, own) → (groups, places, own), whose last two axes are normalized together.
  const apart = lowerPermuted(
    { name: `${layer.name} groups` },
    { ...x, shape: [places, groups, channels / groups] },
    [1, 0, 2],
    to,
  );
  const plain = { ...layer, trained: false, config: { ...layer.config, scale: false, center: false } };
  const normalized = lowerLastAxes(plain, apart, 2, to);
  const together = lowerPermuted({ name: `${layer.name} channels` }, normalized, [1, 0, 2], to);
  const gamma = scale === false ? -1 : to.parameter(layer, 0);
  const beta = center === false ? -1 : to.parameter(layer, scale === false ? 0 : 1);
  return lowerChannelAffine(layer, { ...together, shape: x.shape }, { gamma, beta }, to);
}

function groupsOf({ name, config }: LayerDescription, channels: number): number {
  const groups = Number(config.groups ?? 32);
  if (groups === -1) return channels;
  if (channels % groups === 0) return groups;
  throw userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${name} (GroupNormalization) has groups ${groups} for ${channels} channels; give a number that divides them, or −1 for one each.`,
  );
}
