import type { z } from 'zod';
import type { CsvValues, TargetKind } from '../../coordinator/data/csv.js';
import type { ColumnChoice } from '../../coordinator/data/csvColumns.js';
import type { LossSpec } from '../../coordinator/options/objectives.js';
import type { LabelledData, RowSource } from '../../coordinator/options/trainerOptions.js';
import type { InputFacts, OutputFacts } from '../../coordinator/trainerFacts.js';
import type { FoundPath } from './found.js';
import type { Starter, StarterRequest } from './starter.js';
import type { Survey } from './survey.js';

/** Shapes of one row of a model's input and output. */
export interface ModelShapes {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** Those of a model of several inputs and outputs, too. */
export interface ModelPorts extends ModelShapes {
  readonly inputs: readonly InputFacts[];
  readonly outputs: readonly OutputFacts[];
}

/** What a run asks of its data, beside what the section `data` says. */
export interface DataRequest<M extends ModelShapes = ModelShapes> {
  readonly model: M;
  /** The loss of each output, in their order. */
  readonly losses: readonly LossSpec[];
  /** Share of the rows, from the end, to validate on. */
  readonly validationSplit?: number | undefined;
  readonly seed: number;
}

/** Labelled rows, and how many. */
export type CountedRows = LabelledData & { readonly rows: number };

/** Labelled rows that memory does not hold, read batch by batch. */
export interface BatchedRows {
  readonly rows: number;
  /** All of them, from the beginning in each pass. */
  batches(batchSize: number): () => AsyncIterable<LabelledData>;
}

/** Rows that a trainer takes as they are; those to predict may have no labels. */
export interface LoadedRows {
  readonly rows: number;
  readonly x: CsvValues<Float32Array> | LabelledData['x'];
  readonly y?: LabelledData['y'];
  /** What tells the rows apart, or was asked for: `predict` writes it before the outputs. */
  readonly named?: readonly NamedTexts[];
}

/** A column of texts, one a row. */
export interface NamedTexts {
  readonly column: string;
  readonly values: readonly string[];
}

/** What a run keeps of its data, so that other data is read exactly the same: plain values, stored as JSON. */
export interface KeptReading {
  /** Names of the classes, where they have names. */
  readonly classes?: readonly string[];
}

/** All that a run trains and validates on. */
export interface TrainingData<K extends KeptReading = KeptReading> {
  readonly train: CountedRows | RowSource;
  readonly validation: CountedRows | BatchedRows | null;
  readonly kept: K;
}

/** How the outputs of a model are named in what `predict` writes. */
export interface OutputNaming {
  readonly target: TargetKind;
  readonly classes?: readonly string[];
  readonly label: ColumnChoice | readonly ColumnChoice[];
  /** A prediction of an output in the units of the labels, where these were transformed for training. */
  readonly restore?: (value: number, output: number) => number;
  /** How many outputs of a row are written, the last ones; default: all. */
  readonly outputs?: number;
}

/**
 * A format of data: what a config says of it, how its rows are read, and what a run keeps of that. `S` is the schema of its
 * section, `K` what a run keeps.
 */
export interface DataFormat<S extends z.ZodObject = z.ZodObject, K extends KeptReading = KeptReading> {
  /** The key of `data` that has the path of its training rows. */
  readonly key: string;
  /** The section `data` of a config that has this key. */
  readonly schema: S;
  /** Keys of the section that hold paths; `key` is one. */
  readonly paths: readonly string[];
  /** What a path of `--data` names, for help and errors, such as "a .csv or .csv.gz file". */
  readonly file: string;
  /** Whether its files are modules, which are run. */
  readonly areModules: boolean;
  /** What a section says that cannot be, as a sentence without its full stop; undefined where all is well. */
  conflict(data: z.output<S>, request: Pick<DataRequest, 'validationSplit'>): string | undefined;
  /**
   * Shape of one row of the model's input, for a config whose first layer leaves `inputShape` out. It may read the data: `load` is then
   * given the very same section.
   */
  inputShape?(data: z.output<S>, request: Omit<DataRequest, 'model'>): Promise<readonly number[]>;
  /** Reads the rows of a run. Every problem is an error with a code, told before anything is trained. */
  load(data: z.output<S>, request: DataRequest<ModelPorts>): Promise<TrainingData<K>>;
  /** What a run keeps, learned again where nothing is stored; absent where nothing needs to be known to read other rows. */
  learn?(data: z.output<S>, request: DataRequest<ModelPorts>): Promise<K>;
  /**
   * Other rows for the model, read exactly as its training rows were. `passed`: columns of the data that are wanted as they are, as
   * `named` of the rows; a format that has no columns leaves them out.
   */
  read(
    path: string,
    kept: K | undefined,
    model: ModelPorts,
    passed?: readonly string[],
  ): Promise<LoadedRows | BatchedRows>;
  /** As `read`, for rows whose labels are needed; `labels`: the file that has them, where it is another one. */
  readLabelled(
    path: string,
    kept: K | undefined,
    model: ModelPorts,
    labels?: string,
  ): Promise<CountedRows | BatchedRows>;
  /** What a run of this format stores. */
  readonly keptSchema: z.ZodType<K>;
  /** How the data `found` differ from those that `run` began with, as "…; restore the file"; undefined where they do not. */
  difference(began: K, found: K, run: string): string | undefined;
  naming(kept: K | undefined): OutputNaming;
  /** Whether a file or folder is of this format, by its name and how it begins. The first format that says so has it. */
  recognises?(found: FoundPath): boolean;
  /** What `inspect` tells of a path that is recognised; every problem is an error with a code. */
  survey?(path: string): Promise<Survey>;
  /** The parts of a config that trains on a path that is recognised, for `init`. */
  starter?(path: string, request: StarterRequest): Promise<Starter>;
}
