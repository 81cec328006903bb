/** The public surface of Lockstep. */
export type { Callback, FitControl, Progress, Weight } from './coordinator/callbacks/callback.js';
export * as callbacks from './coordinator/callbacks/index.js';
export type { LossOptions, MetricOptions } from './coordinator/config/objectives.js';
export {
  type AdadeltaOptions,
  type AdagradOptions,
  type AdamaxOptions,
  type AdamOptions,
  type AdamWOptions,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  type LionOptions,
  lion,
  type NadamOptions,
  nadam,
  type RmspropOptions,
  rmsprop,
  type SgdOptions,
  sgd,
} from './coordinator/config/optimizers.js';
export type { RunConfig, RunConfigInput } from './coordinator/config/schema.js';
export type { ConfusionMatrix } from './coordinator/confusion.js';
export * as data from './coordinator/data/index.js';
export type { Description } from './coordinator/describe.js';
export { describeEvent, type TrainerEvent } from './coordinator/events.js';
export type { Logs } from './coordinator/metrics.js';
export type {
  CompiledModelSource,
  CompiledOptions,
  DataSource,
  EngineChoice,
  EvaluateOptions,
  FitOptions,
  FunctionalConfig,
  History,
  LabelledData,
  LayerConfig,
  LossName,
  MetricName,
  ModelSource,
  RowSource,
  SaveOptions,
  TensorSources,
  TrainerOptions,
} from './coordinator/options.js';
export type { RunEvent, Summary } from './coordinator/run/events.js';
export * as schedules from './coordinator/schedules.js';
export { type TrainOptions, train } from './coordinator/train.js';
export { type Prediction, type ResumeOptions, Trainer } from './coordinator/trainer.js';
export { LockstepError } from './shared/errors.js';
export type { OptimizerSpec } from './shared/optimizers.js';
export type { Schedule } from './shared/schedules.js';
