import type { Kernel } from '../pass.js';
import type { KernelArguments, KernelName } from '../table.js';
import { binaryAccuracy, categoricalAccuracy, topKAccuracy } from './accuracy.js';
import { activationBackward, activationForward } from './activation.js';
import { averagePool2dBackward, averagePool2dForward } from './averagePool2d.js';
import {
  batchNormAverages,
  batchNormForward,
  batchNormFrozenGradient,
  batchNormGradientSums,
  batchNormInference,
  batchNormInputGradient,
  batchNormSums,
} from './batchNorm.js';
import { biasForward, biasGradient } from './bias.js';
import { bilinearBackward, bilinearForward } from './bilinear.js';
import { categoricalCrossentropy } from './categoricalCrossentropy.js';
import { combine } from './combine.js';
import { conv2dForward, conv2dInputGradient, conv2dWeightGradient } from './conv2d.js';
import { copyBlocks } from './copyBlocks.js';
import { bucketCounts, classCounts, residualSums } from './counts.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './crossEntropy.js';
import { denseColumnsGradient, denseForward, denseInputGradient, denseWeightGradient } from './dense.js';
import {
  depthwiseConv2dForward,
  depthwiseConv2dInputGradient,
  depthwiseConv2dWeightGradient,
} from './depthwiseConv2d.js';
import { dropout } from './dropout.js';
import { elementLoss } from './elementLoss.js';
import { binary, repeatParameter, select, unary } from './elementwise.js';
import { embeddingForward, embeddingWeightGradient } from './embedding.js';
import { gaussianDropout, gaussianNoise, randomRows } from './gaussian.js';
import { generalizedCrossEntropy } from './generalizedCrossEntropy.js';
import { categoricalHinge, cosineSimilarity } from './groupLosses.js';
import { weightSums } from './groups.js';
import { gruBackward, gruForward } from './gru.js';
import { inputActivationBackward, inputActivationForward } from './inputActivation.js';
import { layerNormForward, layerNormInputGradient, layerNormWeightGradient } from './layerNorm.js';
import { logSoftmaxBackward, logSoftmaxForward } from './logSoftmax.js';
import { lstmBackward, lstmForward } from './lstm.js';
import { maskedSoftmaxForward } from './maskedSoftmax.js';
import {
  classWeights,
  dropUnweighted,
  indexMask,
  maskedMeanBackward,
  maskedMeanForward,
  maskSteps,
  stepMask,
} from './masks.js';
import { matrixProduct } from './matrixProduct.js';
import { maximum, maximumBackward } from './maximum.js';
import { maxPool2dBackward, maxPool2dForward } from './maxPool2d.js';
import { multiply } from './multiply.js';
import { normalizeBackward, normalizeForward } from './normalize.js';
import { overlapLoss, overlapSums } from './overlap.js';
import { preluForward, preluInputGradient, preluWeightGradient } from './prelu.js';
import { reduceAxis } from './reduceAxis.js';
import { reverseSteps } from './reverseSteps.js';
import { simpleRnnBackward, simpleRnnForward } from './simpleRnn.js';
import { softmaxBackward, softmaxForward } from './softmax.js';
import { sparsemaxBackward, sparsemaxForward } from './sparsemax.js';
import { stridedCopy, stridedSum } from './strided.js';

export { gather } from './gather.js';
export { reduce } from './reduce.js';
export { sumOf } from './sumOf.js';
export { update } from './updates/index.js';

/**
 * The kernel table in plain TypeScript: the oracle of the native kernels, and what runs where there is no compiler.
 * Values are stored as float32; every sum and dot product is formed in float64 and rounded once.
 */
export const referenceKernels: { readonly [K in KernelName]: Kernel<KernelArguments<K>> } = {
  denseForward,
  denseInputGradient,
  denseWeightGradient,
  denseColumnsGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dWeightGradient,
  maxPool2dForward,
  maxPool2dBackward,
  averagePool2dForward,
  averagePool2dBackward,
  depthwiseConv2dForward,
  depthwiseConv2dInputGradient,
  depthwiseConv2dWeightGradient,
  biasForward,
  biasGradient,
  bilinearForward,
  bilinearBackward,
  stridedCopy,
  stridedSum,
  unary,
  binary,
  select,
  reduceAxis,
  repeatParameter,
  activationForward,
  activationBackward,
  inputActivationForward,
  inputActivationBackward,
  preluForward,
  preluInputGradient,
  preluWeightGradient,
  batchNormSums,
  batchNormForward,
  batchNormInference,
  batchNormGradientSums,
  batchNormInputGradient,
  batchNormFrozenGradient,
  batchNormAverages,
  simpleRnnForward,
  simpleRnnBackward,
  gruForward,
  gruBackward,
  lstmForward,
  lstmBackward,
  reverseSteps,
  embeddingForward,
  embeddingWeightGradient,
  indexMask,
  stepMask,
  maskSteps,
  dropUnweighted,
  maskedMeanForward,
  maskedMeanBackward,
  softmaxForward,
  softmaxBackward,
  logSoftmaxForward,
  logSoftmaxBackward,
  sparsemaxForward,
  sparsemaxBackward,
  maskedSoftmaxForward,
  layerNormForward,
  layerNormInputGradient,
  layerNormWeightGradient,
  combine,
  multiply,
  maximum,
  maximumBackward,
  copyBlocks,
  matrixProduct,
  normalizeForward,
  normalizeBackward,
  dropout,
  gaussianNoise,
  randomRows,
  gaussianDropout,
  softmaxCrossEntropy,
  sigmoidCrossEntropy,
  categoricalCrossentropy,
  binaryAccuracy,
  categoricalAccuracy,
  weightSums,
  elementLoss,
  categoricalHinge,
  cosineSimilarity,
  generalizedCrossEntropy,
  overlapSums,
  overlapLoss,
  classWeights,
  topKAccuracy,
  classCounts,
  bucketCounts,
  residualSums,
};
