import type { FitOptions } from '../coordinator/callbacks/fitOptions.js';
import { numberClasses } from '../coordinator/data/sampleWeights.js';
import type { RunConfig } from './config/schema.js';
import { validationOf } from './data/batched.js';
import type { TrainingData } from './data/format.js';

/** What a config says of `fit`, callbacks aside: options of the library. The rows to validate on are split off already. */
export function fitOptionsOf(config: RunConfig, { validation, kept }: TrainingData): FitOptions {
  const { classWeight, restoreBest: _, callbacks: __, validationSplit: ___, ...fit } = config.fit;
  return {
    ...fit,
    ...(classWeight !== undefined && { classWeight: numberClasses(classWeight, kept.classes) }),
    ...(validation !== null && { validationData: validationOf(validation, fit.validationBatchSize ?? fit.batchSize) }),
  };
}
