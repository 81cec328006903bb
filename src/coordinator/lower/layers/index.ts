import type { LayerLowering } from '../layer.js';
import { activation } from './activation.js';
import { multiHeadAttention } from './attention/multiHeadAttention.js';
import { batchNormalization } from './batchNormalization.js';
import { bidirectional } from './bidirectional.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { alphaDropout, dropout, spatialDropout1d, spatialDropout2d } from './dropout.js';
import { embedding } from './embedding.js';
import { gaussianDropout, gaussianNoise } from './gaussian.js';
import { gru } from './gru.js';
import { layerNormalization } from './layerNormalization.js';
import { lstm } from './lstm.js';
import { masking } from './masking.js';
import { maxPooling2d } from './maxPooling2d.js';
import { mergeLayers } from './merge/index.js';
import { prelu } from './prelu.js';
import { elu, leakyReLU, relu, step, thresholdedReLU } from './rectifiers.js';
import { flatten, reshape } from './reshape.js';
import { simpleRnn } from './simpleRnn.js';
import { softmax } from './softmax.js';
import { timeDistributed } from './timeDistributed.js';

/** Every layer that lowers, by Keras class name. */
export const layerLowerings: ReadonlyMap<string, LayerLowering> = new Map(
  [
    dense,
    activation,
    relu,
    leakyReLU,
    thresholdedReLU,
    elu,
    prelu,
    softmax,
    step,
    flatten,
    reshape,
    dropout,
    spatialDropout1d,
    spatialDropout2d,
    alphaDropout,
    gaussianNoise,
    gaussianDropout,
    conv2d,
    maxPooling2d,
    embedding,
    masking,
    simpleRnn,
    gru,
    lstm,
    bidirectional,
    timeDistributed,
    batchNormalization,
    layerNormalization,
    multiHeadAttention,
    ...mergeLayers,
  ].map((layer): [string, LayerLowering] => [layer.type, layer]),
);
