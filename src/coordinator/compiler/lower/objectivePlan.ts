import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Measure, MeasureForm } from '../../../shared/program/measures.js';
import type { LossSpec, MetricSpec } from '../../options/objectives.js';
import type { Instruction } from './instructions.js';
import type { LossOperands } from './loss.js';
import type { OutputPlaces } from './tracedFunction.js';

/** How a metric is computed: the sums it takes, what they become, and the calls that add to them. */
export interface MetricLowering {
  readonly sums: number;
  readonly form: MeasureForm;
  /** In place of the form, of a metric that is several values: what each has behind the metric's name in the logs. */
  readonly each?: readonly { readonly suffix: string; readonly form: MeasureForm }[];
  call(operands: LossOperands, sum: number): KernelCall | readonly KernelCall[];
}

/** How one output is measured: the sums it takes and the values of the logs that they become. */
export interface ObjectivePlan {
  /** Null for an output that is not trained. */
  readonly loss: LossSpec | null;
  readonly lossWeight: number;
  /** Its targets are class numbers. */
  readonly sparse: boolean;
  /** The first of its sums: Σ weight · loss; the next one is Σ weight, by which metrics with weights are divided. */
  readonly first: number;
  /** Shape of one row of the output. */
  readonly shape: readonly number[];
  readonly metrics: readonly PlannedMetric[];
  /** Its loss, and what its metrics become. */
  readonly lossMeasure: Measure;
  readonly measures: readonly Measure[];
  /** The sum of the steps that are there, by which metrics without weights are divided; −1 where that is all rows. */
  readonly steps: number;
  /** The sum that its loss is divided by: Σ weight, or Σ steps. */
  readonly divisor: number;
  /** The first of the sums over all rows that a loss of overlap is made of, three a bin. */
  readonly overlap: number;
  readonly bins: number;
  /** The sum with the weights of a shard. */
  readonly weights: number;
  /** Sums that it takes: Σ weight · loss, Σ weight, those of the metrics, then Σ steps. */
  readonly sums: number;
}

export interface PlannedMetric extends MetricLowering, Pick<Measure, 'direction'> {
  readonly spec: MetricSpec;
  readonly name: string;
  readonly weighted: boolean;
  readonly sum: number;
}

/** The buffers that an output is measured on. */
export interface ObjectiveBuffers extends OutputPlaces {
  /** Those of all outputs, for a loss over all. */
  readonly outputs: readonly OutputPlaces[];
  /** A number a step of the output, 0 where the step is not there; −1 where all are. */
  readonly mask: number;
  /** Whether losses and metrics that are functions of modules are computed by others. */
  readonly functions?: boolean;
  /** A new buffer of `size` elements a row. */
  buffer(name: string, size: number): number;
  /** Offset of constants in the flat vector. */
  constant(values: readonly number[]): number;
  /** A number that keys random draws of its own. */
  draw(): number;
}

/** The calls of the loss and the metrics of an output. */
export interface LoweredObjective {
  /** Those of the forward pass, given the buffer of a weight a group, or −1 where each group counts once. */
  forward(weight: number): Instruction[];
  /** Those that begin the backward pass. */
  readonly backward: readonly KernelCall[];
}
