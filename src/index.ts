/** The public surface of Lockstep. */
export type { BatchLogs, Callback, FitControl, Prediction, Progress } from './coordinator/callbacks/callback.js';
export type { FitOptions } from './coordinator/callbacks/fitOptions.js';
export * as callbacks from './coordinator/callbacks/index.js';
export type { TakenCheckpoint } from './coordinator/checkpoint/writer.js';
export type { Logs } from './coordinator/compiler/metrics.js';
export type { PartOfPeak } from './coordinator/compiler/peakMemory.js';
export type { ConfusionMatrix } from './coordinator/confusion.js';
export * as data from './coordinator/data/index.js';
export type { Description } from './coordinator/describe.js';
export type { StoredTensor } from './coordinator/models/compiled/compilation.js';
export type {
  BatchIterator,
  BatchResult,
  BatchSequence,
  DatasetBatch,
  DatasetSource,
} from './coordinator/options/datasets.js';
export {
  type BeyondQuotaEvent,
  type CalledFunctionEvent,
  type CheckpointFailedEvent,
  describeEvent,
  type FewerWorkersEvent,
  type RecoveryEvent,
  type ShortEpochsEvent,
  type SlowRankEvent,
  type TrainerEvent,
  type WidenedEvent,
  type WorkersTunedEvent,
} from './coordinator/options/events.js';
export type { Reduction } from './coordinator/options/losses.js';
export type {
  GivenLoss,
  GivenMetric,
  LossOptions,
  MetricList,
  MetricOptions,
  Metrics,
  ObjectivesOptions,
  PerOutput,
} from './coordinator/options/objectives.js';
export * from './coordinator/options/optimizerFactories.js';
export type { NamedOptimizer } from './coordinator/options/optimizers.js';
export * as schedules from './coordinator/options/schedules.js';
export type {
  BatchesOptions,
  ClassWeights,
  CompiledModelSource,
  CompiledOptions,
  CopyWeightsOptions,
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
  PredictOptions,
  RecompileOptions,
  RowSource,
  SaveOptions,
  SharingTrainer,
  TensorSources,
  TrainerOptions,
  Weight,
  WeightOptions,
  WeightValues,
} from './coordinator/options/trainerOptions.js';
export type { ValidationOptions } from './coordinator/options/validationOptions.js';
export type { GivenGradients, Gradient, Gradients } from './coordinator/ranks/gradients.js';
export { jointLoss } from './coordinator/tracing/joint.js';
export type { JointFunction, TensorFunction } from './coordinator/tracing/trace.js';
export { type ResumeOptions, Trainer } from './coordinator/trainer.js';
export type { InputFacts, OutputFacts, TrainerFacts } from './coordinator/trainerFacts.js';
export type { TrainerLoop } from './coordinator/trainerLoop.js';
export { type ParallelModel, type ParallelOptions, parallel } from './parallel/parallel.js';
export type { Override } from './run/config/overrides.js';
export type { RunConfig, RunConfigInput } from './run/config/schema.js';
export type { RunEvent, RunStart, Summary } from './run/events.js';
export type { EpochRecord } from './run/metrics.js';
export type { ReadModelOptions } from './run/models.js';
export * as models from './run/models.js';
export type { Resume } from './run/runDirectory.js';
export { type TrainOptions, train } from './run/train.js';
export { type Blame, LockstepError } from './shared/errors.js';
export type { RegionName } from './shared/memory/arena.js';
export type { Phase } from './shared/memory/control.js';
export type { OptimizerSpec, OptimizerSpecOf } from './shared/optimizers/optimizers.js';
export type {
  CosineDecay,
  CosineDecayRestarts,
  ExponentialDecay,
  InverseTimeDecay,
  OneCycle,
  PiecewiseConstant,
  PolynomialDecay,
  Schedule,
  WarmUp,
} from './shared/optimizers/schedules.js';
export type { Direction } from './shared/program/measures.js';
export type { EngineName } from './shared/protocol/messages.js';
