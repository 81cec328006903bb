/** The public surface of Lockstep. */
export type { Callback, FitControl, Progress, Weight } from './coordinator/callbacks/callback.js';
export * as callbacks from './coordinator/callbacks/index.js';
export { adam, sgd } from './coordinator/config/optimizers.js';
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
export * as schedules from './coordinator/schedules.js';
export { type Prediction, Trainer } from './coordinator/trainer.js';
export { LockstepError } from './shared/errors.js';
export type { OptimizerSpec } from './shared/optimizers.js';
export type { Schedule } from './shared/schedules.js';
