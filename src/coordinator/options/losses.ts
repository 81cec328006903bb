import { z } from 'zod';
import { type ElementLoss, elementLosses } from '../../shared/kernels/losses.js';
import type { KernelArguments } from '../../shared/kernels/table.js';
import { isTracedGraph, type TracedGraph } from '../tracing/graph.js';
import { belowOne, flag, listOfNonNegative, nonNegative, oneOf, positive, share, text } from './fields.js';

/** The kernels that compute losses of predictions; places and groups come from the output. */
type LossKernelName =
  | 'elementLoss'
  | 'categoricalCrossentropy'
  | 'categoricalHinge'
  | 'cosineSimilarity'
  | 'generalizedCrossEntropy'
  | 'overlapLoss';

/** What every loss kernel is given of the output. */
type PlaceArgument =
  | 'prediction'
  | 'target'
  | 'weight'
  | 'weightSum'
  | 'lossWeight'
  | 'weights'
  | 'overlap'
  | 'bins'
  | 'gradient'
  | 'groups'
  | 'size'
  | 'sum';

/** A loss's kernel with the arguments that are the loss's own; `sparse` follows from its targets. */
export type LossKernel = {
  [K in LossKernelName]: {
    readonly kernel: K;
    readonly args: Omit<KernelArguments<K>, PlaceArgument | 'sparse'>;
  };
}[LossKernelName];

/**
 * What one group of targets is: numbers of the output's shape; probabilities of the same shape, of which one class may be
 * given instead (`oneHot` where a row has exactly one class); 0 or 1 each; or class numbers, one a group.
 */
export type Targets = 'numbers' | 'probabilities' | 'oneHot' | 'binary' | 'classes';

/**
 * All that Lockstep knows about one loss: one such object each. Names, schema, the form of targets, the reading of logits,
 * files of TensorFlow.js and the kernel call follow from it. Options have Keras 3's names and defaults.
 */
export interface LossDefinition<N extends string, S extends z.core.$ZodLooseShape> {
  readonly name: N;
  /** Other names, in lower case and without underscores. */
  readonly aliases: readonly string[];
  readonly options: S;
  readonly targets: Targets;
  /** What makes predictions of logits, for a loss with the option `fromLogits`. */
  readonly logits: 'sigmoid' | 'softmax' | null;
  /** Its name in TensorFlow.js; null for one that is not there. */
  readonly tfjs: string | null;
  /** Its kernel for groups of `size` predictions; null where TensorFlow.js computes it. */
  kernel(spec: z.output<z.ZodObject<S>>, size: number): LossKernel | null;
}

type LossFacts = Partial<Pick<LossDefinition<string, never>, 'aliases' | 'targets' | 'logits' | 'tfjs'>>;

const facts = { aliases: [], targets: 'numbers', logits: null, tfjs: null } as const;

function loss<const N extends string, S extends z.core.$ZodLooseShape>(
  name: N,
  options: S,
  own: LossFacts,
  kernel: LossDefinition<N, S>['kernel'],
): LossDefinition<N, S> {
  return { name, ...facts, ...own, options, kernel };
}

/** Options that a loss over elements does not have stand at what changes nothing. */
const plain = { smoothing: 0, delta: 1, alpha: -1, gamma: 0 };

/** The kernel of a loss that is a mean over the elements of a group, or their sum. */
function elements(name: ElementLoss, divisor: number, options: Partial<typeof plain> = {}): LossKernel {
  return { kernel: 'elementLoss', args: { loss: elementLosses.indexOf(name), divisor, ...plain, ...options } };
}

/** A loss over elements without options. */
function elementLoss<const N extends ElementLoss>(name: N, own: LossFacts) {
  return loss(name, {}, own, (_, size) => elements(name, size));
}

function categorical(smoothing: number, alpha = 1, gamma = 0): LossKernel {
  return { kernel: 'categoricalCrossentropy', args: { smoothing, alpha, gamma } };
}

/** Whether predictions are logits, and the share of every target that is spread over all classes. */
const logits = { fromLogits: flag().default(false) };
const crossentropy = { ...logits, labelSmoothing: belowOne().default(0) };
const focal = { ...crossentropy, gamma: nonNegative().default(2) };

/**
 * What the weighted losses of a batch are divided by, in Keras's words: the sum of the weights, or the number of rows (of
 * steps, for sequences) that are there.
 */
export const reductions = ['mean_with_sample_weight', 'sum_over_batch_size'] as const;

export type Reduction = (typeof reductions)[number];

/** What every loss has as an option; a metric has none of it. */
export const reductionOption = { reduction: oneOf(reductions).default('mean_with_sample_weight') };

/** Which axes the sums of a loss of overlap go over, that of the rows being 0: all where none are given. */
const overlapAxis = {
  axis: z.union([z.int(), z.array(z.int())], { error: 'axes, such as [1, 2, 3]' }).exactOptional(),
};

function overlap(shares: { times: number; shared: number; wanted: number; found: number }): LossKernel {
  return { kernel: 'overlapLoss', args: shares };
}

/** Only the last axis, as in TensorFlow.js. */
export const lastAxis = { axis: z.literal(-1, { error: 'the last axis: -1' }).default(-1) };

export const losses = [
  elementLoss('meanSquaredError', { aliases: ['mse'], tfjs: 'mean_squared_error' }),
  elementLoss('meanAbsoluteError', { aliases: ['mae'], tfjs: 'mean_absolute_error' }),
  elementLoss('meanAbsolutePercentageError', { aliases: ['mape'], tfjs: 'mean_absolute_percentage_error' }),
  elementLoss('meanSquaredLogarithmicError', { aliases: ['msle'], tfjs: 'mean_squared_logarithmic_error' }),
  loss('huber', { delta: positive().default(1) }, {}, ({ delta }, size) => elements('huber', size, { delta })),
  elementLoss('logCosh', { aliases: ['logcosherror'], tfjs: 'logcosh' }),
  elementLoss('hinge', { tfjs: 'hinge' }),
  elementLoss('squaredHinge', { tfjs: 'squared_hinge' }),
  loss('categoricalHinge', {}, { targets: 'oneHot', tfjs: 'categorical_hinge' }, () => ({
    kernel: 'categoricalHinge',
    args: {},
  })),
  elementLoss('poisson', { tfjs: 'poisson' }),
  // Keras adds up the divergence of a group, and takes the mean of every other loss.
  loss(
    'kullbackLeiblerDivergence',
    {},
    { aliases: ['kld', 'kldivergence'], targets: 'probabilities', tfjs: 'kullback_leibler_divergence' },
    () => elements('kullbackLeiblerDivergence', 1),
  ),
  loss('cosineSimilarity', lastAxis, { aliases: ['cosineproximity'], tfjs: 'cosine_proximity' }, () => ({
    kernel: 'cosineSimilarity',
    args: {},
  })),
  loss(
    'binaryCrossentropy',
    crossentropy,
    { aliases: ['bce'], targets: 'binary', logits: 'sigmoid', tfjs: 'binary_crossentropy' },
    ({ labelSmoothing }, size) => elements('binaryCrossentropy', size, { smoothing: labelSmoothing }),
  ),
  loss(
    'binaryFocalCrossentropy',
    { ...focal, applyClassBalancing: flag().default(false), alpha: share().default(0.25) },
    { targets: 'binary', logits: 'sigmoid' },
    ({ labelSmoothing: smoothing, gamma, applyClassBalancing, alpha }, size) =>
      elements('binaryFocalCrossentropy', size, { smoothing, gamma, alpha: applyClassBalancing ? alpha : -1 }),
  ),
  loss(
    'categoricalCrossentropy',
    crossentropy,
    { targets: 'oneHot', logits: 'softmax', tfjs: 'categorical_crossentropy' },
    ({ labelSmoothing }) => categorical(labelSmoothing),
  ),
  loss(
    'categoricalFocalCrossentropy',
    { ...focal, alpha: z.union([positive(), listOfNonNegative()]).default(0.25) },
    { targets: 'oneHot', logits: 'softmax' },
    // With an alpha a class it is a traced function.
    ({ labelSmoothing, alpha, gamma }) => categorical(labelSmoothing, typeof alpha === 'number' ? alpha : 1, gamma),
  ),
  loss(
    'sparseCategoricalCrossentropy',
    { ...logits, ignoreClass: z.int({ error: 'a whole number' }).exactOptional() },
    { targets: 'classes', logits: 'softmax', tfjs: 'sparse_categorical_crossentropy' },
    () => categorical(0),
  ),
  loss('categoricalGeneralizedCrossEntropy', { q: share().default(0.5) }, { targets: 'classes' }, ({ q }) => ({
    kernel: 'generalizedCrossEntropy',
    args: { q },
  })),
  loss('dice', overlapAxis, {}, () => overlap({ times: 2, shared: 0, wanted: 1, found: 1 })),
  // Keras's alpha weighs what is missed, its beta what is wrongly found, whatever its documentation says.
  loss('tversky', { alpha: nonNegative().default(0.5), beta: nonNegative().default(0.5), ...overlapAxis }, {}, (spec) =>
    overlap({ times: 1, shared: 1 - spec.alpha - spec.beta, wanted: spec.alpha, found: spec.beta }),
  ),
  // A function that the caller gave, by its own name; its values are the loss.
  loss(
    'traced',
    { function: text('the name of a function'), graph: z.custom<TracedGraph>(isTracedGraph) },
    {},
    (_, size) => elements('identity', size),
  ),
  // A function of the caller's that cannot become kernels: the coordinator calls it for each batch; see `CalledFunction`.
  loss('called', { function: text('the name of a function'), joint: flag().default(false) }, {}, () => null),
  // A function that one of the trainer's modules exports; see `ModuleFunction`.
  loss('custom', { function: text('the name of a function that one of the modules exports') }, {}, () => null),
] as const;

type Definition = (typeof losses)[number];

export type LossName = Definition['name'];

export const lossNames: readonly LossName[] = losses.map(({ name }) => name);

/** What is known of a loss. */
export function lossOf(name: LossName): Definition {
  return losses.find((known) => known.name === name) as Definition;
}

/** The form of a loss's targets. */
export function targetsOf(name: LossName): Targets {
  return lossOf(name).targets;
}
