import { z } from 'zod';
import { callbackSchema } from '../../coordinator/callbacks/configured.js';
import {
  flag,
  nonNegative,
  perOutput,
  positive,
  section,
  text,
  wholeNumber,
} from '../../coordinator/options/fields.js';
import { classWeight, fitFields } from '../../coordinator/options/fitFields.js';
import { lossSchema, metricSchema, type ObjectivesOptions } from '../../coordinator/options/objectives.js';
import { optimizerSchema } from '../../coordinator/options/optimizers.js';
import { engine, initialWeights, seed, shards, workers } from '../../coordinator/options/trainerFields.js';
import type { LayerConfig } from '../../coordinator/options/trainerOptions.js';
import { isRecord } from '../../coordinator/options/values.js';
import type { DataConfig, DataInput } from '../data/formats.js';

/** The schema of a run, grouped by concern. Key names are resolved by normalize.ts before they come here. */

const layer = z.custom<LayerConfig>(
  (value) =>
    typeof value === 'object' && value !== null && ('type' in value || 'className' in value || 'shared' in value),
  { error: 'a layer with a type, such as {type: Dense, units: 10}' },
);

const model = section({
  /** A Sequential model, layer by layer, whose first one has inputShape; or a functional one, from layers of type Input. */
  layers: z
    .array(layer, { error: 'a list of layers' })
    .min(1, { error: 'a list of at least one layer' })
    .exactOptional(),
  /** Names of a functional model's inputs and outputs; default: all layers of type Input, and the last layer. */
  inputs: z.array(text('the name of an input'), { error: 'a list of names' }).exactOptional(),
  outputs: z.array(text('the name of a layer'), { error: 'a list of names' }).exactOptional(),
  /** A model's file instead, of Keras or TensorFlow.js; also `file`. */
  path: text('the path of a model').exactOptional(),
  /** Modules that register layers of your own, or export losses and metrics. */
  modules: z.array(text('the path of a module'), { error: 'a list of modules' }).exactOptional(),
  /** Keep the weights of that file, or draw them anew from the seed. */
  initialWeights: initialWeights().default('model'),
});

const metricsRule = 'a list of metrics';
const metricList = z.array(metricSchema, { error: metricsRule });
const isMetricList = (given: unknown): boolean =>
  !isRecord(given) && !(Array.isArray(given) && given.some(Array.isArray));

/** Of a model of several outputs: one for all, a list in their order, or a record by their names. */
const compile = section({
  optimizer: optimizerSchema,
  /** null for an output that is not trained. */
  loss: perOutput(
    lossSchema,
    (given) => !Array.isArray(given) && !(isRecord(given) && given.name === undefined),
    lossSchema.nullable(),
  ),
  metrics: perOutput(metricList, isMetricList).default([]),
  /** Metrics in which rows count by their weights. */
  weightedMetrics: perOutput(metricList, isMetricList).default([]),
  /** How much the loss of each output counts; 1 by default. */
  lossWeights: perOutput(nonNegative(), (given) => typeof given !== 'object').exactOptional(),
});

const fit = section({
  /** As those of `fit` in code; classes of classWeight by their names or numbers. */
  ...fitFields,
  /** Or `balanced`: every class counts as much as any other. */
  classWeight: z
    .union([z.literal('balanced'), classWeight()], {
      error: 'balanced, or a weight for each class, such as { 0: 1, 1: 5 }',
    })
    .exactOptional(),
  /** End with the weights of the epoch of the lowest val_loss. */
  restoreBest: flag().default(false),
  /** Each with its options: { earlyStopping: { patience: 3 } }. */
  callbacks: z.array(callbackSchema, { error: 'a list of callbacks' }).default([]),
});

const checkpoint = section({
  /** After every so many epochs, and after the last one. */
  everyEpochs: wholeNumber(1).default(1),
  /** Also after every so many steps of the run. */
  everySteps: wholeNumber(1).exactOptional(),
  /** Also when the last one is so many minutes old. */
  everyMinutes: positive().default(10),
  /** How many of the newest to keep, beside the best: that of the lowest val_loss, or loss without validation data. */
  keep: wholeNumber(1).default(3),
});

const run = section({
  workers: workers().default('auto'),
  shards: shards().exactOptional(),
  engine: engine(),
  seed: seed(),
  /** Where the run is written; default: runs/<name>, with a number when that is taken. */
  out: text('the path of a directory').exactOptional(),
  checkpoint: checkpoint.prefault({}),
  /** Write what TensorBoard shows to the folder tb of the run. */
  tensorboard: flag().default(true),
});

const nameRule = 'a name of letters, digits, ".", "_" and "-"';

/** The schema of a run whose rows come in the format that has this section `data`. */
export const runOn = <T extends z.ZodType>(data: T) =>
  section({
    name: text(nameRule).regex(/^\w[\w.-]*$/, { error: nameRule }),
    model,
    data,
    compile,
    fit: fit.prefault({}),
    run: run.prefault({}),
  });

type RunSchema = ReturnType<typeof runOn<z.ZodType<DataConfig, DataInput>>>;

/** A whole run as it is carried out: every default applied, every path absolute. */
export type RunConfig = z.output<RunSchema>;

type Written = z.input<RunSchema>;

/** A run as code may give it, beside the Keras spellings that a file may use. */
export type RunConfigInput = Omit<Written, 'compile'> & {
  readonly compile: Omit<Written['compile'], keyof ObjectivesOptions> & ObjectivesOptions;
};
