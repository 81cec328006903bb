import type { FitOptions } from '../coordinator/callbacks/fitOptions.js';
import { numberClasses } from '../coordinator/data/sampleWeights.js';
import type { ClassWeights } from '../coordinator/options/trainerOptions.js';
import { balancedWeights } from './classWeights.js';
import type { RunConfig } from './config/schema.js';
import { validationOf } from './data/batched.js';
import type { TrainingData } from './data/format.js';

/** What a config says of `fit`, callbacks aside: options of the library. The rows to validate on are split off already. */
export function fitOptionsOf(config: RunConfig, data: TrainingData): FitOptions {
  const { validation } = data;
  const { classWeight, restoreBest: _, callbacks: __, validationSplit: ___, ...fit } = config.fit;
  return {
    ...fit,
    ...(classWeight !== undefined && { classWeight: weightsOf(classWeight, data) }),
    ...(validation !== null && { validationData: validationOf(validation, fit.validationBatchSize ?? fit.batchSize) }),
  };
}

/** Weights by the numbers of classes. */
function weightsOf(given: 'balanced' | ClassWeights, { train, kept }: TrainingData): ClassWeights {
  if (given === 'balanced') return balancedWeights('read' in train ? undefined : train.y);
  return numberClasses(given, kept.classes);
}
