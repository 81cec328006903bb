/** The public surface of Lockstep. */
export type { Callback, FitControl, Progress } from './coordinator/callbacks.js';
export { type AdamOptions, adam, type SgdOptions, sgd } from './coordinator/config/optimizers.js';
export type { RunConfig, RunConfigInput } from './coordinator/config/schema.js';
export * as data from './coordinator/data/index.js';
export type { Description } from './coordinator/describe.js';
export type {
  DataSource,
  EngineChoice,
  EvaluateOptions,
  FitOptions,
  History,
  LabelledData,
  LayerConfig,
  Logs,
  LossName,
  MetricName,
  ModelSource,
  TrainerOptions,
} from './coordinator/options.js';
export type { RunEvent, Summary } from './coordinator/run/events.js';
export { type TrainOptions, train } from './coordinator/train.js';
export { Trainer } from './coordinator/trainer.js';
export { LockstepError } from './shared/errors.js';
export type { OptimizerSpec } from './shared/optimizers.js';
