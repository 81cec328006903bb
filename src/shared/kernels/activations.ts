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
 * | clippedLine  | alpha·x + (threshold + limit)/2, clipped to [threshold, limit]: hardTanh, sparseSigmoid             |
 * | hardShrink   | x where |x| > threshold, else 0                                                                 |
 * | softShrink   | x − threshold above it, x + threshold below −threshold, else 0                                  |
 * | tanhShrink   | x − tanh(x)                                                                                     |
 * | sparsePlus   | 0 up to −1, x from 1 on, (x + 1)²/4 between them                                                |
 * | squareplus   | (x + √(x² + alpha))/2: Barron, "Squareplus", 2021                                               |
 * | logSigmoid   | ln σ(x)                                                                                         |
 * | hardSilu     | x·clip(x/6 + 1/2, 0, 1): Howard et al., "Searching for MobileNetV3", 2019                       |
 * | celu         | x where x > 0, else alpha·(e^(x/alpha) − 1): Barron, "Continuously differentiable ELU", 2017    |
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
  'clippedLine',
  'hardShrink',
  'softShrink',
  'tanhShrink',
  'sparsePlus',
  'squareplus',
  'logSigmoid',
  'hardSilu',
  'celu',
] as const;

export type InputActivationName = (typeof inputActivations)[number];
