import { sync } from '../../src/coordinator/compiler/lower/instructions.js';
import { type ElementLoss, elementLosses } from '../../src/shared/kernels/losses.js';
import { call, classes, type KernelCase, oneHot, uniform, unwritten, zeroOrOne } from './kernelCase.js';

/** Losses of any numbers, and those of probabilities or other positive ones. */
export const realLosses: readonly ElementLoss[] = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'hinge',
  'squaredHinge',
  'logCosh',
  'huber',
  'identity',
];
export const positiveLosses = elementLosses.filter((loss) => !realLosses.includes(loss));

/** Options that change something in every loss that has them. */
export const lossOptions = { smoothing: 0.1, delta: 0.7, alpha: 0.3, gamma: 1.5 };

/** What kernels of losses and metrics share, over groups of `size`; sum 0 takes the weights. */
function common(groups: number, size: number, weight: number) {
  return { weight, weightSum: 0, lossWeight: 0.5, groups, size };
}

/** Every element-wise loss of one kind, with and without weights. */
function elementLossCase(groups: number, size: number, isWeighted: boolean, isPositive: boolean): KernelCase {
  const losses = isPositive ? positiveLosses : realLosses;
  const record = groups * size;
  const values = isPositive ? uniform(record, 0, 1) : uniform(record, -2, 2);
  const gradients = Object.fromEntries(losses.map((loss) => [`d ${loss}`, unwritten(record)]));
  return {
    name: `${isWeighted ? 'weighted ' : ''}losses of ${groups}×${size} ${isPositive ? 'positive' : 'real'} numbers`,
    buffers: { prediction: values, target: values, weight: uniform(groups, 0, 2), ...gradients },
    parameterLength: 0,
    sumCount: 1 + losses.length,
    calls: ({ prediction, target, weight: weights, ...at }) => {
      const weight = isWeighted ? weights : -1;
      const shared = { prediction, target, ...common(groups, size, weight), divisor: size, ...lossOptions };
      return [
        call('weightSums', { weight, groups, sum: 0 }),
        sync,
        ...losses.map((name, i) => {
          const loss = elementLosses.indexOf(name);
          return call('elementLoss', { ...shared, loss, gradient: at[`d ${name}`], sum: i + 1 });
        }),
      ];
    },
  };
}

/** Losses over whole groups: from logits, from probabilities, and those of targets of the output's shape. */
function groupLossCase(groups: number, size: number, isWeighted: boolean, sparse: number): KernelCase {
  const record = groups * size;
  return {
    name: `${isWeighted ? 'weighted ' : ''}losses of ${groups} groups of ${size}, ${sparse ? 'classes' : 'one-hot'}`,
    buffers: {
      logits: uniform(record, -6, 6),
      prediction: uniform(record, 0.01, 1),
      target: sparse ? classes(groups, size) : oneHot(groups, size),
      likeness: uniform(record, -1, 1),
      weight: uniform(groups, 0, 2),
      probabilities: unwritten(record),
      dLogits: unwritten(record),
      dPrediction: unwritten(record),
      dFocal: unwritten(record),
      dHinge: unwritten(record),
      // Alone in its group, a number has the cosine ±1 and a gradient of nothing but rounding: that is left out.
      dCosine: size > 1 ? unwritten(record) : uniform(record),
    },
    parameterLength: 0,
    sumCount: size > 1 ? 6 : 5,
    calls: ({ logits, prediction, target, likeness, weight: weights, probabilities, ...d }) => {
      const weight = isWeighted ? weights : -1;
      const shared = common(groups, size, weight);
      const smoothing = 0.1;
      const classify = { prediction, target, ...shared, sparse, smoothing };
      const compare = { prediction: logits, target: likeness, ...shared };
      return [
        call('weightSums', { weight, groups, sum: 0 }),
        sync,
        call('softmaxCrossEntropy', {
          logits,
          probabilities,
          target,
          gradient: d.dLogits,
          ...shared,
          sparse,
          smoothing,
          sum: 1,
        }),
        call('categoricalCrossentropy', { ...classify, alpha: 1, gamma: 0, gradient: d.dPrediction, sum: 2 }),
        call('categoricalCrossentropy', { ...classify, alpha: 0.4, gamma: 1.5, gradient: d.dFocal, sum: 3 }),
        call('categoricalHinge', { ...compare, gradient: d.dHinge, sum: 4 }),
        ...(size > 1 ? [call('cosineSimilarity', { ...compare, gradient: d.dCosine, sum: 5 })] : []),
      ];
    },
  };
}

/** What the plain cross-entropy is told of the focal one. */
export const plainEntropy = { alpha: -1, gamma: 0 };
type Focal = typeof plainEntropy;

/** Sigmoid and cross-entropy, with its gradient. */
function sigmoidLossCase(groups: number, size: number, isWeighted: boolean, focal: Focal): KernelCase {
  const record = groups * size;
  return {
    name: `${isWeighted ? 'weighted ' : ''}sigmoid cross-entropy of ${groups}×${size}, alpha ${focal.alpha}, gamma ${focal.gamma}`,
    buffers: {
      logits: uniform(record, -6, 6),
      target: zeroOrOne(record),
      weight: uniform(groups, 0, 2),
      probabilities: unwritten(record),
      gradient: unwritten(record),
    },
    parameterLength: 0,
    sumCount: 2,
    calls: ({ weight: weights, ...at }) => {
      const weight = isWeighted ? weights : -1;
      const { logits, target, probabilities, gradient } = at;
      const places = { logits, target, probabilities, gradient };
      return [
        call('weightSums', { weight, groups, sum: 0 }),
        sync,
        call('sigmoidCrossEntropy', { ...places, ...common(groups, size, weight), smoothing: 0.2, ...focal, sum: 1 }),
      ];
    },
  };
}

/** The evaluation form: no gradient, and probabilities that replace the logits. */
function inPlaceCase(size: number): KernelCase {
  return {
    name: `cross-entropies of ${size} in place, without gradients`,
    buffers: {
      logits: uniform(size, -6, 6),
      binaryLogits: uniform(size, -6, 6),
      target: oneHot(1, size),
      binaryTarget: zeroOrOne(size),
    },
    parameterLength: 0,
    sumCount: 2,
    calls: ({ logits, binaryLogits, target, binaryTarget }) => {
      const shared = { ...common(1, size, -1), gradient: -1, smoothing: 0 };
      const binary = { logits: binaryLogits, target: binaryTarget, probabilities: binaryLogits };
      return [
        call('softmaxCrossEntropy', { ...shared, logits, target, probabilities: logits, sparse: 0, sum: 0 }),
        call('sigmoidCrossEntropy', { ...shared, ...binary, ...plainEntropy, sum: 1 }),
      ];
    },
  };
}

/** Losses of what predictions and targets have in common in the whole batch, all together and by the last axis. */
function overlapCase(groups: number, size: number, isWeighted: boolean): KernelCase {
  const record = groups * size;
  const values = uniform(record, 0, 1);
  return {
    name: `${isWeighted ? 'weighted ' : ''}overlap of ${groups}×${size}`,
    buffers: {
      ...{ prediction: values, target: zeroOrOne(record), weight: uniform(groups, 0, 2) },
      ...{ gradient: unwritten(record), byLast: unwritten(record) },
    },
    parameterLength: 0,
    sumCount: 1 + 3 + 3 * size + 2,
    calls: ({ prediction, target, weight: weights, gradient, byLast }) => {
      const weight = isWeighted ? weights : -1;
      const shared = { prediction, target, ...common(groups, size, weight), weights: 0 };
      const [dice, tversky] = [
        { times: 2, shared: 0, wanted: 1, found: 1 },
        { times: 1, shared: -0.2, wanted: 0.7, found: 0.5 },
      ];
      return [
        call('weightSums', { weight, groups, sum: 0 }),
        call('overlapSums', { prediction, target, size: record, bins: 1, sum: 1 }),
        call('overlapSums', { prediction, target, size: record, bins: size, sum: 4 }),
        sync,
        call('overlapLoss', { ...shared, gradient, overlap: 1, bins: 1, ...dice, sum: 4 + 3 * size }),
        call('overlapLoss', { ...shared, gradient: byLast, overlap: 4, bins: size, ...tversky, sum: 5 + 3 * size }),
      ];
    },
  };
}

/** Of class numbers: a cross-entropy that bears wrong ones, and weights that leave one class out. */
function classLossCase(groups: number, size: number, isWeighted: boolean): KernelCase {
  return {
    name: `${isWeighted ? 'weighted ' : ''}generalized cross-entropy of ${groups}×${size}, a class left out`,
    buffers: {
      ...{ prediction: uniform(groups * size, 0.01, 1), target: classes(groups, size) },
      ...{ weight: uniform(groups, 0, 2), own: unwritten(groups), gradient: unwritten(groups * size) },
    },
    parameterLength: 0,
    sumCount: 2,
    calls: ({ prediction, target, weight: weights, own, gradient }) => [
      call('classWeights', { target, weight: isWeighted ? weights : -1, y: own, groups, ignored: 1 }),
      call('weightSums', { weight: own, groups, sum: 0 }),
      sync,
      call('generalizedCrossEntropy', {
        ...{ prediction, target, ...common(groups, size, own) },
        ...{ gradient, sparse: 1, q: 0.7, sum: 1 },
      }),
    ],
  };
}

/** Every metric that is not a loss. */
function metricCase(groups: number, size: number, isWeighted: boolean, sparse: number): KernelCase {
  const record = groups * size;
  const buckets = 7;
  return {
    name: `${isWeighted ? 'weighted ' : ''}metrics of ${groups}×${size}, ${sparse ? 'classes' : 'one-hot'}`,
    buffers: {
      prediction: uniform(record, 0, 1),
      target: sparse ? classes(groups, size) : oneHot(groups, size),
      bits: zeroOrOne(record),
      weight: uniform(groups, 0, 2),
    },
    parameterLength: 0,
    sumCount: 3 + 4 + 4 * size + 2 * buckets + 1 + 3 * size + 4 * size + 2 * buckets * size,
    calls: ({ prediction, target, bits, weight: weights }) => {
      const shared = { prediction, weight: isWeighted ? weights : -1, groups, size };
      const classify = { ...shared, target, sparse };
      return [
        call('binaryAccuracy', { ...shared, target: bits, threshold: 0.5, sum: 0 }),
        call('categoricalAccuracy', { ...classify, sum: 1 }),
        call('topKAccuracy', { ...classify, top: 2, sum: 2 }),
        call('classCounts', { ...classify, pooled: 1, top: 0, largest: 0, threshold: 0.4, sum: 3 }),
        call('classCounts', { ...classify, pooled: 0, top: 1, largest: 0, threshold: -1, sum: 7 }),
        call('bucketCounts', { ...classify, pooled: 1, buckets, sum: 7 + 4 * size }),
        call('residualSums', { ...shared, target: bits, sum: 7 + 4 * size + 2 * buckets }),
        call('classCounts', {
          ...classify,
          pooled: 0,
          top: 0,
          largest: 1,
          threshold: 1e-9,
          sum: 8 + 7 * size + 2 * buckets,
        }),
        call('bucketCounts', { ...classify, pooled: 0, buckets, sum: 8 + 11 * size + 2 * buckets }),
      ];
    },
  };
}

const shapes: readonly (readonly [groups: number, size: number])[] = [
  [1, 1],
  [1, 10],
  [3, 5],
  [2, 33],
];

/** Losses and metrics over groups of 1, of odd sizes and beyond a vector, with weights and without. */
export const lossCases: readonly KernelCase[] = [
  ...shapes.flatMap(([groups, size]) =>
    [false, true].flatMap((isWeighted) => [
      elementLossCase(groups, size, isWeighted, false),
      elementLossCase(groups, size, isWeighted, true),
      ...[plainEntropy, { alpha: 0.25, gamma: 2 }, { alpha: -1, gamma: 1.5 }].map((focal) =>
        sigmoidLossCase(groups, size, isWeighted, focal),
      ),
      overlapCase(groups, size, isWeighted),
      classLossCase(groups, size, isWeighted),
      ...[0, 1].flatMap((sparse) => [
        groupLossCase(groups, size, isWeighted, sparse),
        metricCase(groups, size, isWeighted, sparse),
      ]),
    ]),
  ),
  inPlaceCase(2),
  inPlaceCase(19),
];
