/** Layers of Keras that are no layers here, each with the end of a sentence that says why and what to do instead. */

const MIXES = 'it mixes rows of a batch, which shards do not share; mix the data before, in the module that reads them';
const STRINGS =
  'its strings are no numbers; list the words in the data section of a run, or turn them into indices before';
const FRAMEWORK =
  'it holds code or a model of another framework; convert the model, or write the layer with TensorFlow.js operations';
const SOUND = 'it is no part of training; compute spectra before, in the module that reads the data';
const PICTURES =
  'Lockstep does not augment so within a model; augment in the data section, or in the module that reads the data';
const BOXES = 'it works on boxes, which no model here reads; prepare them before, in the module that reads the data';
const ABSTRACT = 'it is the base of other layers and computes nothing; use a layer that does';
const CELL = 'it is the step of a recurrent layer; use the layer itself';

const entries: readonly (readonly [reason: string, ...types: string[]])[] = [
  [MIXES, 'MixUp', 'CutMix'],
  [STRINGS, 'StringLookup', 'TextVectorization', 'HashedCrossing'],
  [FRAMEWORK, 'FlaxLayer', 'JaxLayer', 'TFSMLayer', 'TorchModuleWrapper'],
  ['it holds code of Python; write the layer with TensorFlow.js operations and name its module in modules', 'Lambda'],
  [SOUND, 'STFTSpectrogram', 'MelSpectrogram'],
  [BOXES, 'MaxNumBoundingBoxes'],
  [
    PICTURES,
    ...['AugMix', 'RandAugment', 'RandomElasticTransform', 'RandomPerspective', 'RandomGaussianBlur', 'RandomErasing'],
    ...['AutoContrast', 'Equalization', 'ContrastLimitedAdaptiveHistogramEqualization', 'RandomPosterization'],
    ...['RandomColorJitter', 'RandomColorDegeneration', 'RandomHue', 'RandomSaturation', 'RandomSharpness'],
    ...['RandomShear', 'RandomTranslation', 'RandomRotation', 'RandomZoom', 'Pipeline', 'RandomInvert', 'Solarization'],
  ],
  [ABSTRACT, 'Layer', 'Wrapper', 'InputSpec'],
  [CELL, 'SimpleRNNCell', 'GRUCell', 'LSTMCell'],
  ['use SimpleRNN, GRU or LSTM, one behind the other for cells that are stacked', 'RNN', 'StackedRNNCells'],
  [
    'each step would be a convolution of its own state; use TimeDistributed Conv2D and an LSTM, or a Conv3D',
    ...['ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D'],
  ],
  [
    'its power iteration changes the weights of another layer as it is called; use a MaxNorm or UnitNorm constraint on the kernel',
    'SpectralNormalization',
  ],
  ['use MultiHeadAttention, with as many heads for keys as for queries', 'GroupQueryAttention'],
  ['use an Embedding, and a Dense layer in front of the output', 'ReversibleEmbedding'],
  [
    'it turns numbers into categories, which no gradient passes; do so before, in the module that reads the data',
    ...['Hashing', 'IntegerLookup'],
  ],
];

/** Reasons by class name. */
export const refusedLayers: ReadonlyMap<string, string> = new Map(
  entries.flatMap(([reason, ...types]) => types.map((type) => [type, reason] as const)),
);
