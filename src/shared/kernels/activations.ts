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
  'leakyRelu',
  'hardSigmoid6',
] as const;

export type ActivationName = (typeof activations)[number];

/**
 * Activations whose derivative needs their input: a kernel of their own reads it. The position in this list is the number
 * by which native code knows them.
 *
 * | name         | f(x)                                                                                            |
 * |--------------|-------------------------------------------------------------------------------------------------|
 * | rectifier    | min(x, limit) where x > threshold, else alpha·(x − threshold): ReLU, LeakyReLU, ThresholdedReLU |
 * | scaledElu    | x where x > 0, else alpha·(eˣ − 1)                                                              |
 * | exponential  | eˣ                                                                                              |
 * | swish        | x·σ(x): Ramachandran, Zoph and Le, "Searching for activation functions", 2017                   |
 * | gelu         | x·Φ(x): Hendrycks and Gimpel, "Gaussian error linear units", 2016                               |
 * | geluTanh     | the approximation of Φ given there: (1 + tanh(√(2/π)·(x + 0.044715·x³)))/2                      |
 * | mish         | x·tanh(ln(1 + eˣ)): Misra, "Mish", 2019                                                         |
 * | straightStep | 1 where x > 0, else 0, with the derivative of the identity: Bengio, Léonard and Courville, 2013 |
 */
export const inputActivations = [
  'rectifier',
  'scaledElu',
  'exponential',
  'swish',
  'gelu',
  'geluTanh',
  'mish',
  'straightStep',
] as const;

export type InputActivationName = (typeof inputActivations)[number];
