import { z } from 'zod';
import {
  flag,
  isRecord,
  nonNegative,
  oneOf,
  perOutput,
  positive,
  section,
  share,
  text,
  wholeNumber,
} from '../../coordinator/options/fields.js';
import { engineNames } from '../../coordinator/options/names.js';
import { lossSchema, metricSchema, type ObjectivesOptions } from '../../coordinator/options/objectives.js';
import { optimizerSchema } from '../../coordinator/options/optimizers.js';
import type { LayerConfig } from '../../coordinator/options/trainerOptions.js';
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
  /** A TensorFlow.js model.json instead. */
  path: text('the path of a model.json').exactOptional(),
  /** Modules that register layers of your own, or export losses and metrics. */
  modules: z.array(text('the path of a module'), { error: 'a list of modules' }).exactOptional(),
  /** Keep the weights of that file, or draw them anew from the seed. */
  initialWeights: oneOf(['model', 'seed']).default('model'),
});

const metricsRule = 'a list of metrics';
const metricList = z.array(metricSchema, { error: metricsRule });
const isMetricList = (given: unknown): boolean =>
  !isRecord(given) && !(Array.isArray(given) && given.some(Array.isArray));

/** Of a model of several outputs: one for all, a list in their order, or a record by their names. */
const compile = section({
  optimizer: optimizerSchema,
  loss: perOutput(lossSchema, (given) => !Array.isArray(given) && !(isRecord(given) && given.name === undefined)),
  metrics: perOutput(metricList, isMetricList).default([]),
  /** Metrics in which rows count by their weights. */
  weightedMetrics: perOutput(metricList, isMetricList).default([]),
  /** How much the loss of each output counts; 1 by default. */
  lossWeights: perOutput(nonNegative(), (given) => typeof given !== 'object').exactOptional(),
});

const fit = section({
  epochs: wholeNumber(1).default(1),
  batchSize: wholeNumber(1).default(32),
  /** Share of the rows, from the end, to validate on. */
  validationSplit: share().exactOptional(),
  /** Seeded shuffling of the training rows before each epoch. */
  shuffle: flag().default(true),
  /** How much each class counts in training, by its name or number; 1 where it is left out. */
  classWeight: z
    .record(z.string(), nonNegative(), { error: 'a weight for each class, such as {1: 5}' })
    .exactOptional(),
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

const workersRule = 'auto or a whole number of at least 1';

const run = section({
  workers: z.union([z.literal('auto'), wholeNumber(1)], { error: workersRule }).default('auto'),
  shards: wholeNumber(1).exactOptional(),
  engine: oneOf(engineNames).default('auto'),
  seed: wholeNumber(0).default(0),
  /** Where the run is written; default: runs/<name>, with a number when that is taken. */
  out: text('the path of a directory').exactOptional(),
  checkpoint: checkpoint.prefault({}),
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
