import { activationKernels } from './table/activations.js';
import { denseKernels } from './table/dense.js';
import { elementwiseKernels } from './table/elementwise.js';
import { imageKernels } from './table/images.js';
import { lossAndMetricKernels } from './table/lossesAndMetrics.js';
import { mergingKernels } from './table/merging.js';
import { normalizationKernels } from './table/normalization.js';
import { randomKernels } from './table/random.js';
import { recurrentKernels } from './table/recurrent.js';
import { sequenceKernels } from './table/sequences.js';
import { shapeKernels } from './table/shapes.js';
import { softmaxKernels } from './table/softmax.js';

/**
 * The kernel table: what every kernel is called and which arguments it takes. `reference` (TypeScript) and `native`
 * (C++) implement the same table.
 *
 * A kernel works on the rows of one pass (see `Pass`); each argument says how it is to be read:
 *
 * | kind         | meaning                                                                                        |
 * |--------------|------------------------------------------------------------------------------------------------|
 * | `rows`       | a buffer of one record a batch row: arena offset of row 0, in float32 elements                  |
 * | `rows?`      | the same, or −1 for none                                                                       |
 * | `parameter`  | offset in the flat parameter vector, in elements; its gradient has the same offset in a slab   |
 * | `parameter?` | the same, or −1 for none                                                                       |
 * | `sum`        | index of a per-shard float64 sum                                                               |
 * | `size`       | a positive whole number                                                                        |
 * | `count`      | a whole number that may be zero                                                                |
 * | `number`     | a real number                                                                                  |
 * | `activation` | position in `activations`                                                                      |
 * | `inputActivation` | position in `inputActivations`                                                            |
 * | `loss`       | position in `elementLosses`                                                                    |
 * | `unary`, `binary` | position in `unaryNames`, in `binaryNames`                                                |
 * | `reduction`  | position in `reductions`                                                                       |
 * | `flag`       | 0 or 1                                                                                         |
 *
 * The addon has the sizes of records and parameters too, and keeps every access inside its buffer: spec.cc of each family.
 */
export const kernelTable = {
  ...denseKernels,
  ...imageKernels,
  ...shapeKernels,
  ...elementwiseKernels,
  ...activationKernels,
  ...softmaxKernels,
  ...normalizationKernels,
  ...recurrentKernels,
  ...mergingKernels,
  ...sequenceKernels,
  ...randomKernels,
  ...lossAndMetricKernels,
} as const;

export type KernelName = keyof typeof kernelTable;

/** The arguments of one kernel by name; before layout, `rows` arguments are buffer numbers, after it arena offsets. */
export type KernelArguments<K extends KernelName> = {
  readonly [A in keyof (typeof kernelTable)[K]['arguments']]: number;
};

/** One call of a program. */
export type KernelCall = {
  [K in KernelName]: {
    readonly kernel: K;
    readonly args: KernelArguments<K>;
    /** As how many rows the call sees each row of the batch, 1 by default: a layer that is applied to every time step. */
    readonly each?: number;
  };
}[KernelName];
