import { z } from 'zod';
import { abortSignal, flag, nonNegative, share, wholeNumber } from './fields.js';
import { batchSize } from './trainerFields.js';
import type { ClassWeights } from './trainerOptions.js';

/** The options of `fit` and of the calls over a dataset as schemas, with their defaults: the library and configs read the same ones. */

const frequencyRule = 'a whole number of at least 1, or a list of epochs counted from 1';
const classesRule = 'a weight for each class, such as { 0: 1, 1: 5 }';
const verboseRule = "0 (nothing), 1 or 'auto' (a line of progress), or 2 (a line an epoch)";

export const classWeight = () => z.record(z.string(), nonNegative(), { error: classesRule }) as z.ZodType<ClassWeights>;

/** 0, which Keras and TensorFlow.js have for none, is as good as nothing. */
function validationShare() {
  const error = 'a share between 0 and 1, such as 0.2';
  return z.union([share(), z.literal(0).transform((): undefined => undefined)], { error });
}

/** How `fit` trains, in code as in a config. */
export const fitFields = {
  epochs: wholeNumber(1).default(1),
  batchSize: batchSize(),
  validationSplit: validationShare().exactOptional(),
  shuffle: flag().default(true),
  classWeight: classWeight().exactOptional(),
  stepsPerEpoch: wholeNumber(1).exactOptional(),
  validationFreq: z.union([wholeNumber(1), z.array(wholeNumber(1))], { error: frequencyRule }).default(1),
  validationSteps: wholeNumber(1).exactOptional(),
  validationBatchSize: wholeNumber(1).exactOptional(),
};

const verbosity = z.union([z.literal([0, 1, 2, 'auto']), z.boolean()], { error: verboseRule });
const anything = () => z.unknown().optional();

/** What is given to `fit` in code alone. Data and callbacks are read where they are opened. */
export const fitSchema = z.strictObject({
  ...fitFields,
  initialEpoch: wholeNumber(0).default(0),
  sampleWeight: anything(),
  validationData: anything(),
  callbacks: anything(),
  verbose: verbosity
    .default(0)
    .transform((given): 0 | 1 | 2 => (given === 2 ? 2 : given === 0 || given === false ? 0 : 1)),
  signal: abortSignal().exactOptional(),
});

export type FitFields = z.output<typeof fitSchema>;

/** Of `evaluate`, `predict` and other calls over all rows of a dataset. */
export const batchesSchema = z.strictObject({ batchSize: batchSize() });

export const evaluateSchema = batchesSchema.extend({
  steps: wholeNumber(1).exactOptional(),
  sampleWeight: anything(),
  classWeight: classWeight().exactOptional(),
});

/** Of `predict`. */
export const predictSchema = batchesSchema.extend({ steps: wholeNumber(1).exactOptional() });

/** Of calls that take all rows as one batch. */
export const oneBatchSchema = evaluateSchema.pick({ sampleWeight: true, classWeight: true });
