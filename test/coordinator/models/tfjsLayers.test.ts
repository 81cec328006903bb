import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Trainer } from '../../../src/index.js';
import { type TfLayer, tfl } from '../../../src/shared/tfjs/tfjs.js';

const { layers } = tfl;
const steps = { inputShape: [8, 2] };
const places = { inputShape: [8, 8, 2] };
const volumes = { inputShape: [4, 4, 4, 2] };
/** The usual one needs operations that only the whole of TensorFlow.js adds to its tensors. */
const cell = { units: 2, recurrentInitializer: 'glorotUniform' } as const;

/** Layers as the functions of TensorFlow.js make them: for some of their classes Lockstep has its own in models that it reads. */
const table: Readonly<Record<string, () => TfLayer>> = {
  conv1d: () => layers.conv1d({ filters: 2, kernelSize: 3, ...steps }),
  conv2d: () => layers.conv2d({ filters: 2, kernelSize: 3, ...places }),
  conv3d: () => layers.conv3d({ filters: 2, kernelSize: 2, ...volumes }),
  conv2dTranspose: () => layers.conv2dTranspose({ filters: 2, kernelSize: 3, ...places }),
  separableConv2d: () => layers.separableConv2d({ filters: 2, kernelSize: 3, ...places }),
  depthwiseConv2d: () => layers.depthwiseConv2d({ kernelSize: 3, ...places }),
  maxPooling1d: () => layers.maxPooling1d(steps),
  maxPooling2d: () => layers.maxPooling2d(places),
  maxPooling3d: () => layers.maxPooling3d({ poolSize: 2, strides: 2, ...volumes }),
  averagePooling1d: () => layers.averagePooling1d(steps),
  averagePooling2d: () => layers.averagePooling2d(places),
  averagePooling3d: () => layers.averagePooling3d({ poolSize: 2, strides: 2, ...volumes }),
  globalAveragePooling1d: () => layers.globalAveragePooling1d(steps),
  globalAveragePooling2d: () => layers.globalAveragePooling2d(places as never),
  globalMaxPooling1d: () => layers.globalMaxPooling1d(steps),
  globalMaxPooling2d: () => layers.globalMaxPooling2d(places as never),
  flatten: () => layers.flatten(places),
  reshape: () => layers.reshape({ targetShape: [16], ...steps }),
  permute: () => layers.permute({ dims: [2, 1], ...steps }),
  repeatVector: () => layers.repeatVector({ n: 2, inputShape: [3] }),
  cropping2D: () =>
    layers.cropping2D({
      cropping: [
        [1, 1],
        [1, 1],
      ],
      ...places,
    }),
  zeroPadding2d: () => layers.zeroPadding2d(places),
  upSampling2d: () => layers.upSampling2d(places),
  spatialDropout1d: () => layers.spatialDropout1d({ rate: 0.2, ...steps }),
  dropout: () => layers.dropout({ rate: 0.3, ...steps }),
  gaussianNoise: () => layers.gaussianNoise({ stddev: 1, ...steps }),
  gaussianDropout: () => layers.gaussianDropout({ rate: 0.1, ...steps }),
  alphaDropout: () => layers.alphaDropout({ rate: 0.1, ...steps }),
  dense: () => layers.dense({ units: 2, ...steps }),
  activation: () => layers.activation({ activation: 'relu', ...steps }),
  elu: () => layers.elu(steps),
  reLU: () => layers.reLU(steps),
  leakyReLU: () => layers.leakyReLU(steps),
  prelu: () => layers.prelu(steps),
  softmax: () => layers.softmax(steps),
  thresholdedReLU: () => layers.thresholdedReLU(steps),
  gru: () => layers.gru({ ...cell, ...steps }),
  lstm: () => layers.lstm({ ...cell, ...steps }),
  simpleRNN: () => layers.simpleRNN({ ...cell, ...steps }),
  bidirectional: () => layers.bidirectional({ layer: layers.lstm(cell) as never, ...steps } as never),
  timeDistributed: () => layers.timeDistributed({ layer: layers.dense({ units: 2 }), ...steps }),
  masking: () => layers.masking(steps),
  batchNormalization: () => layers.batchNormalization(places),
  layerNormalization: () => layers.layerNormalization(steps),
  embedding: () => layers.embedding({ inputDim: 4, outputDim: 2, inputShape: [3] }),
  rescaling: () => layers.rescaling({ scale: 2, ...places }),
  centerCrop: () => layers.centerCrop({ height: 4, width: 4, ...places }),
};

describe('A layer that TensorFlow.js has made is taken, and becomes kernels', () => {
  for (const [title, make] of Object.entries(table)) {
    test(title, async () => {
      const layer = make();
      const model = tfl.sequential({ layers: [layer] });
      if ((layer.outputShape as number[]).length > 2) model.add(layers.flatten());
      model.add(layers.dense({ units: 1 }));
      const { engine, engineReason } = await Trainer.describe(model, { optimizer: 'sgd', loss: 'meanSquaredError' });
      assert.ok(['native', 'reference'].includes(engine), engineReason);
    });
  }
});
