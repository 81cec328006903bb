import type { DatasetSource } from './datasets.js';
import type { LabelledData, TensorSources } from './trainerOptions.js';

/** What `fit` validates on. */
export interface ValidationOptions {
  /** Share of the rows, in (0, 1), taken from the end as validation data before any shuffling; not of a source. */
  readonly validationSplit?: number;
  /**
   * Labelled data, `[x, y]` or `[x, y, sampleWeight]`, or a dataset, which is gone through from its beginning each time; counts
   * before `validationSplit`.
   */
  readonly validationData?:
    | LabelledData
    | readonly [x: TensorSources, y: TensorSources, sampleWeight?: TensorSources]
    | DatasetSource;
  /** Validate after every so many epochs, or after those of a list, counted from 1; default 1. */
  readonly validationFreq?: number | readonly number[];
  /** Validate on so many batches, from the first on; default: all. TensorFlow.js's word `validationBatches` is read too. */
  readonly validationSteps?: number;
  readonly validationBatches?: number;
  /** Rows of a batch of validation; default: `batchSize`. */
  readonly validationBatchSize?: number;
}
