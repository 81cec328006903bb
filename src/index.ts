/** The public surface of Lockstep. */
export type { Callback, FitControl, Progress } from './coordinator/callbacks/callback.js';
export type { FitOptions } from './coordinator/callbacks/fitOptions.js';
export * as callbacks from './coordinator/callbacks/index.js';
export type { Logs } from './coordinator/compiler/metrics.js';
export type { ConfusionMatrix } from './coordinator/confusion.js';
export * as data from './coordinator/data/index.js';
export type { Description } from './coordinator/describe.js';
export { describeEvent, type TrainerEvent } from './coordinator/options/events.js';
export type { LossOptions, MetricOptions } from './coordinator/options/objectives.js';
export * from './coordinator/options/optimizerFactories.js';
export * as schedules from './coordinator/options/schedules.js';
export type {
  CompiledModelSource,
  CompiledOptions,
  DataSource,
  EngineChoice,
  EvaluateOptions,
  FunctionalConfig,
  History,
  KerasConfig,
  LabelledData,
  LayerConfig,
  LossName,
  MetricName,
  ModelSource,
  NumberArray,
  RowSource,
  SaveOptions,
  SharingTrainer,
  TensorSources,
  TrainerOptions,
  ValidationOptions,
  Weight,
} from './coordinator/options/trainerOptions.js';
export { type Prediction, type ResumeOptions, Trainer } from './coordinator/trainer.js';
export type { RunConfig, RunConfigInput } from './run/config/schema.js';
export type { RunEvent, Summary } from './run/events.js';
export { type TrainOptions, train } from './run/train.js';
export { LockstepError } from './shared/errors.js';
export type { OptimizerSpec } from './shared/optimizers/optimizers.js';
export type { Schedule } from './shared/optimizers/schedules.js';
