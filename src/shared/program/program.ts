import type { KernelCall } from '../kernels/table.js';
import type { CalledMeasure } from './called.js';
import type { Measure } from './measures.js';
import type { Network } from './network.js';
import type { Parameter } from './parameter.js';

/**
 * The program: a model lowered to kernel calls. `lower` writes it with buffer numbers in its `rows` arguments;
 * `layout` gives every buffer its place and replaces the numbers by arena offsets. Both are plain data.
 */
export interface Program {
  /** Row-wise buffers by number. */
  readonly buffers: readonly RowBuffer[];
  /** Weights that are trained, at the front of the flat parameter vector. */
  readonly parameters: readonly Parameter[];
  /** Elements of the trained part of the vector, gaps included: the length of each optimizer vector. */
  readonly parameterLength: number;
  /** Copies of trained weights that stand behind them, for layers that are called several times. */
  readonly copies: readonly WeightCopy[];
  /** Elements of a slab: the trained part of the vector and the copies. */
  readonly slabLength: number;
  /** Weights that no update touches, behind the others: frozen layers and moving averages. */
  readonly states: readonly Parameter[];
  /** Numbers that no layer has and nothing changes, behind the weights: what functions of the user's bring along. */
  readonly constants: readonly Constant[];
  /** Elements of the whole flat vector. */
  readonly vectorLength: number;
  readonly inputs: readonly Port[];
  readonly targets: readonly Port[];
  /** A weight for each group of a target, in the order of the targets; gathered where the data has weights. */
  readonly weights: readonly Port[];
  /** Where predictions stand after a pass. */
  readonly outputs: readonly Port[];
  /** The values of the logs, in their order: `loss`, then the metrics. */
  readonly measures: readonly Measure[];
  /** The sum of each output's loss: a step is applied when all of them are finite. */
  readonly lossSums: readonly number[];
  /** Totals that are kept over batches: the rows, then the first of the per-shard sums. */
  readonly totalCount: number;
  /** All per-shard sums: behind those of the totals, the statistics that sync points exchange. */
  readonly sumCount: number;
  readonly stages: Stages<Segments>;
  /** Losses and metrics that the coordinator computes between forward and backward; absent where there are none. */
  readonly called?: readonly CalledMeasure[];
  /** The model, where TensorFlow.js computes it; the stages then hold losses and metrics alone. */
  readonly network?: Network;
}

/** Numbers in the flat vector. */
export interface Constant {
  readonly offset: number;
  readonly values: readonly number[];
}

/** The calls of a stage, cut at its sync points: all ranks finish one segment before any begins the next. */
export type Segments = readonly (readonly KernelCall[])[];

/**
 * What a rank may be asked to run over its rows. `forward` and `evaluation` end with the loss and the metrics; their
 * weighted forms are the same for data with weights.
 */
export interface Stages<T> {
  /** Training mode: dropout is on. */
  readonly forward: T;
  readonly weightedForward: T;
  readonly backward: T;
  /** Inference mode with loss and metrics. */
  readonly evaluation: T;
  readonly weightedEvaluation: T;
  /** Inference mode without targets. */
  readonly prediction: T;
  /** Run by rank 0 alone, once the loss of the step has proved finite: moving averages. */
  readonly averages: T;
}

export type StageName = keyof Stages<unknown>;

/** Stages of nothing: what single calls are run in. */
export const emptyStages: Stages<readonly never[]> = {
  forward: [],
  weightedForward: [],
  backward: [],
  evaluation: [],
  weightedEvaluation: [],
  prediction: [],
  averages: [],
};

/** One record a batch row. */
export interface RowBuffer {
  /** For `inspect` and error messages: the layer and what it is. */
  readonly name: string;
  /** 32-bit elements a row. */
  readonly size: number;
}

/**
 * A call of a shared layer, but the first, reads a copy of each trained weight, so that it has a place of its own for the
 * gradient. Reduce adds the copies' gradients to the weight's, update makes the copies equal to it again.
 */
export interface WeightCopy {
  /** Offsets in the flat parameter vector of the weight and of its copy; multiples of 16. */
  readonly from: number;
  readonly to: number;
  /** Elements, the gap behind the weight included; a multiple of 16. */
  readonly length: number;
  /** The call that reads it, counted from 0. */
  readonly call: number;
}

/** A tensor that enters or leaves the program. */
export interface Port {
  readonly name: string;
  readonly buffer: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int32';
  /** For indices that enter: the first number beyond them. */
  readonly limit?: number;
  /** For class numbers: one that is none of the classes, which the loss leaves out. */
  readonly ignored?: number;
  /** For targets: nothing reads them, so that the data need have none. */
  readonly unread?: true;
  /** For weights of rows: nothing is divided by their sum, so that they may be below 0, and all be 0. */
  readonly signed?: true;
}

/** A program whose `rows` arguments are arena offsets. */
export interface PlacedProgram extends Program {
  /** Arena offset of row 0 of each buffer, in 32-bit elements. */
  readonly offsets: readonly number[];
}
