import { z } from 'zod';
import { callbackSchema } from '../../coordinator/callbacks/configured.js';
import { decimals, thousandsMarks } from '../../coordinator/data/numberCells.js';
import {
  flag,
  nonNegative,
  perOutput,
  positive,
  section,
  text,
  wholeNumber,
} from '../../coordinator/options/fields.js';
import { fitFields } from '../../coordinator/options/fitFields.js';
import { lossSchema, metricSchema, type ObjectivesOptions } from '../../coordinator/options/objectives.js';
import { optimizerSchema } from '../../coordinator/options/optimizers.js';
import { engine, initialWeights, seed, shards, workers } from '../../coordinator/options/trainerFields.js';
import type { LayerConfig } from '../../coordinator/options/trainerOptions.js';
import { isRecord } from '../../coordinator/options/values.js';

/** The schema of a run, grouped by concern. Key names are settled by normalize.ts before they come here. */

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
  initialWeights: initialWeights().default('model'),
});

const columnRule = 'a column: its name, its number counted from 0, or last';
const column = z.union([wholeNumber(0), text(columnRule)], { error: columnRule });
const columns = (error: string) => z.array(column, { error }).min(1, { error });
const labelRule = `${columnRule}; or a list of them`;
const delimiterRule = 'one character, such as ";"';
const decimalRule = '"." or ","';
const thousandsRule = `one of ${thousandsMarks.map((mark) => `"${mark}"`).join(' ')}`;
const shapeRule = 'a list of lengths, such as [28, 28, 1]';
const classesRule = 'a list of at least two class names';
const differentRule = 'class names that all differ';
/** YAML reads 1 and true where a file has the texts. */
const className = z
  .union([z.string(), z.number(), z.boolean()], { error: 'a class name; one that YAML takes for nothing needs quotes' })
  .transform(String)
  .pipe(text('a class name of at least one character'));

const table = section({
  csv: text('the path of a .csv or .csv.gz file'),
  /** Whether the first line (after skipRows) holds column names; default true, but a line of numbers is then refused. */
  header: flag().exactOptional(),
  /** Lines to pass over at the start of the file. */
  skipRows: wholeNumber(0).default(0),
  delimiter: text(delimiterRule).length(1, { error: delimiterRule }).default(','),
  /** The mark before the decimals of numbers; default ".". */
  decimal: z.enum(decimals, { error: decimalRule }).exactOptional(),
  /** The mark between groups of digits; default: none. */
  thousands: z.enum(thousandsMarks, { error: thousandsRule }).exactOptional(),
  /** What to predict: a column, or several for more than one output. */
  label: z.union([column, columns(labelRule)], { error: labelRule }).default('last'),
  /** Columns to leave out. */
  ignore: columns('a list of columns').exactOptional(),
  /** Names of the classes, in the order of the model's outputs. */
  classes: z
    .array(className, { error: classesRule })
    .min(2, { error: classesRule })
    .refine((names) => new Set(names).size === names.length, { error: differentRule })
    .exactOptional(),
  /** Turn a class into one output each; default when the loss is categoricalCrossentropy. */
  oneHot: flag().exactOptional(),
  /** Divide every feature by this. */
  scale: positive().exactOptional(),
  /** Give every feature mean 0 and standard deviation 1 over the training rows. */
  standardize: flag().default(false),
  /** Shape of one row; default: the model's input shape. */
  shape: z.array(wholeNumber(1), { error: shapeRule }).min(1, { error: shapeRule }).exactOptional(),
  /** Shuffle the rows by the seed, once, before the validation split. */
  shuffle: flag().default(false),
  /** A file of its own to validate on, instead of fit.validationSplit. */
  validation: text('the path of a .csv or .csv.gz file').exactOptional(),
});

const sourceRule = 'the path of a module that exports a source';

/** Rows that a module of the user's gives as they are, while training goes on. */
const rowSource = section({
  source: text(sourceRule),
  /** Another one, whose rows are read whole to validate on. */
  validation: text(sourceRule).exactOptional(),
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
});

const nameRule = 'a name of letters, digits, ".", "_" and "-"';

const runOn = <T extends z.ZodType>(data: T) =>
  section({
    name: text(nameRule).regex(/^\w[\w.-]*$/, { error: nameRule }),
    model,
    data,
    compile,
    fit: fit.prefault({}),
    run: run.prefault({}),
  });

/** Where the rows of a run come from decides which keys `data` has. */
export const tableRunSchema = runOn(table);
export const sourceRunSchema = runOn(rowSource);

/** Keys of `data` that say how a table is read. */
export const tableKeys = Object.keys(table.shape).filter((key) => !(key in rowSource.shape));

export type TableConfig = z.output<typeof table>;
export type SourceConfig = z.output<typeof rowSource>;

/** A whole run as it is carried out: every default applied, every path absolute. */
export type RunConfig = Omit<z.output<typeof tableRunSchema>, 'data'> & { readonly data: TableConfig | SourceConfig };

/** A run whose rows come from a table. */
export type TableRun = RunConfig & { readonly data: TableConfig };

export function isTableRun(config: RunConfig): config is TableRun {
  return !('source' in config.data);
}

type SettledInput = z.input<typeof tableRunSchema>;

/** A run as code may give it, beside the Keras spellings that a file may use. */
export type RunConfigInput = Omit<SettledInput, 'compile' | 'data'> & {
  readonly data: z.input<typeof table> | z.input<typeof rowSource>;
  readonly compile: Omit<SettledInput['compile'], keyof ObjectivesOptions> & ObjectivesOptions;
};
