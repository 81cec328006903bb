import type { LayerLowering } from '../layer.js';
import { activation, rectifiersAndSoftmax } from './activation.js';
import { activityRegularization } from './activityRegularization.js';
import { adaptivePoolings } from './adaptivePooling.js';
import { additiveAttention, attention } from './attention/attention.js';
import { multiHeadAttention } from './attention/multiHeadAttention.js';
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
} from './averagePooling.js';
import { batchNormalization } from './batchNormalization.js';
import { bidirectional } from './bidirectional.js';
import { categorizingLayers } from './categories.js';
import { conv1d, conv2d } from './convolution.js';
import { cropping1d, cropping2d, zeroPadding1d, zeroPadding2d } from './cropping.js';
import { dense } from './dense.js';
import { depthwiseConv1d, depthwiseConv2d } from './depthwiseConv2d.js';
import { alphaDropout, dropout, spatialDropout1d, spatialDropout2d } from './dropout.js';
import { einsumDense } from './einsumDense.js';
import { embedding } from './embedding.js';
import { gaussianDropout, gaussianNoise } from './gaussian.js';
import { groupNormalization } from './groupNormalization.js';
import { gru } from './gru.js';
import { identity } from './identity.js';
import { layerNormalization } from './layerNormalization.js';
import { lstm } from './lstm.js';
import { masking } from './masking.js';
import { globalMaxPooling1d, globalMaxPooling2d, maxPooling1d, maxPooling2d } from './maxPooling.js';
import { mergeLayers } from './merge/index.js';
import { normalization } from './normalization.js';
import { permute } from './permute.js';
import { recolourings } from './pictures/colours.js';
import { randomFlip } from './pictures/randomFlip.js';
import { centerCrop, randomCrop, resizing } from './pictures/sizes.js';
import { prelu } from './prelu.js';
import { repeatVector } from './repeatVector.js';
import { rescaling } from './rescaling.js';
import { flatten, reshape } from './reshape.js';
import { residualLowerings } from './residual.js';
import { rmsNormalization } from './rmsNormalization.js';
import { separableConv1d, separableConv2d } from './separableConv2d.js';
import { simpleRnn } from './simpleRnn.js';
import { timeDistributed } from './timeDistributed.js';
import { conv1dTranspose, conv2dTranspose } from './transposedConvolution.js';
import { unitNormalization } from './unitNormalization.js';
import { upSampling1d, upSampling2d } from './upSampling.js';
import { convolutions3d } from './volumes/convolution.js';
import { pooling3d } from './volumes/pooling.js';
import { shapes3d } from './volumes/shapes.js';

/** Every layer that lowers, by Keras class name. */
export const layerLowerings: ReadonlyMap<string, LayerLowering> = new Map(
  [
    ...[dense, einsumDense, activityRegularization],
    ...[activation, ...rectifiersAndSoftmax, prelu],
    ...[dropout, spatialDropout1d, spatialDropout2d, alphaDropout, gaussianNoise, gaussianDropout],
    ...[conv1d, conv2d, conv1dTranspose, conv2dTranspose, ...convolutions3d],
    ...[depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d],
    ...[maxPooling1d, maxPooling2d, globalMaxPooling1d, globalMaxPooling2d],
    ...[averagePooling1d, averagePooling2d, globalAveragePooling1d, globalAveragePooling2d],
    ...[...pooling3d, ...adaptivePoolings],
    ...[flatten, reshape, permute, repeatVector],
    ...[cropping1d, cropping2d, zeroPadding1d, zeroPadding2d, upSampling1d, upSampling2d],
    ...shapes3d,
    ...[embedding, masking, simpleRnn, gru, lstm, bidirectional, timeDistributed],
    ...[batchNormalization, layerNormalization, groupNormalization, rmsNormalization, unitNormalization],
    ...[identity, rescaling, normalization],
    ...[resizing, centerCrop, randomCrop, randomFlip, ...recolourings],
    ...categorizingLayers,
    ...residualLowerings,
    ...[multiHeadAttention, attention, additiveAttention],
    ...mergeLayers,
  ].map((layer): [string, LayerLowering] => [layer.type, layer]),
);
