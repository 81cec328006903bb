import type { LayerLowering } from '../layer.js';

/** What it is given. */
export const identity: LayerLowering = {
  type: 'Identity',
  mask: 'passes',
  arguments: {},
  lower: (_, x) => x,
};
