import { tfc } from '../tfjs.js';
import { formattedOfTensorflow, withChannelsFirst } from './channels.js';
import { Conv1D, Conv2D, DepthwiseConv2D, Flatten, Reshape, SeparableConv2D } from './corrected.js';
import { DepthwiseConv1D, SeparableConv1D } from './depthwise1d.js';
import { ELU, LeakyReLU, ReLU, Step } from './elementwise.js';
import { formulaLayers } from './formulas.js';
import { globalPoolings } from './globalPooling.js';
import { GRU } from './gru.js';
import { Identity } from './identity.js';
import { MultiHeadAttention } from './multiHeadAttention.js';
import { Normalization, Rescaling, UnitNormalization } from './normalizing.js';
import { categoryLayers, formattedPictures } from './pictures.js';
import { residualLayers } from './residual.js';
import { Cropping1D, UpSampling1D, ZeroPadding1D } from './sequences.js';
import { SpatialDropout2D } from './spatialDropout2d.js';
import { Subtract } from './subtract.js';
import { transposedConvolutions } from './transposed.js';
import { volumeLayers } from './volumes.js';

/** Every layer class that Lockstep adds to those of tfjs-layers, by registering it with its serialization. */
export const addedLayers = [
  Subtract,
  GRU,
  MultiHeadAttention,
  ...[ELU, LeakyReLU, ReLU, Step],
  ...[Cropping1D, ZeroPadding1D, UpSampling1D],
  ...[Identity, Rescaling, Normalization, UnitNormalization],
  ...formulaLayers,
  ...categoryLayers,
  ...residualLayers,
  Flatten,
  Reshape,
  ...formattedOfTensorflow,
  ...[...globalPoolings, ...volumeLayers, ...formattedPictures, ...transposedConvolutions, SpatialDropout2D].map(
    withChannelsFirst,
  ),
  ...[Conv1D, Conv2D, DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D].map(withChannelsFirst),
];

for (const layer of addedLayers) tfc.serialization.registerClass(layer);
