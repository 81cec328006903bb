import { activationOf, lowerActivation } from '../activation.js';
import { activationLayers } from '../activations.js';
import { requiredActivation } from '../arguments.js';
import type { LayerLowering } from '../layer.js';

/** An activation as a layer of its own. */
export const activation: LayerLowering = {
  type: 'Activation',
  mask: 'passes',
  arguments: { activation: requiredActivation },

  lower: (layer, x, to) => lowerActivation(layer.name, x, to, activationOf(layer)),
};

/** The layers that may stand in the place of an activation too. Keras refuses a softmax after a mask, so the mask ends there. */
export const rectifiersAndSoftmax: readonly LayerLowering[] = [...activationLayers.values()].map(
  ({ activation: activationFor, ...layer }): LayerLowering => ({
    ...layer,
    ...(layer.type !== 'Softmax' && { mask: 'passes' }),
    lower: ({ name, config }, x, to) => lowerActivation(name, x, to, activationFor(config)),
  }),
);
