/**
 * Activations whose derivative can be had from their output alone, so that a neighbouring kernel can apply them without
 * keeping its input. The position in this list is the number by which native code knows them.
 */
export const activations = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'hardSigmoid',
  'relu6',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'step',
] as const;

export type ActivationName = (typeof activations)[number];
