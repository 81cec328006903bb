import { declared } from './declared.js';

/** Layers of keras.applications' ConvNeXt, which stand in no module of Keras's but are written into its models. */
export const residualLayers = [
  declared({
    className: 'LayerScale',
    defaults: { initValues: 1, projectionDim: 1 },
    passesMask: true,
    weightsOf: ({ projectionDim }) => [{ name: 'gamma', shape: [projectionDim] }],
  }),
  declared({ className: 'StochasticDepth', defaults: { dropPathRate: 0 }, passesMask: true }),
];
