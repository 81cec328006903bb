/** The callbacks of Keras, by their TensorFlow.js names. */
export { type CSVLoggerOptions, csvLogger } from './csvLogger.js';
export {
  type EarlyStopping,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
  earlyStopping,
  type StoredWeight,
} from './earlyStopping.js';
export { type Hooks, lambdaCallback } from './lambdaCallback.js';
export { type EpochSchedule, learningRateScheduler } from './learningRateScheduler.js';
export { type ModelCheckpointOptions, modelCheckpoint } from './modelCheckpoint.js';
export type { Mode } from './monitor.js';
export { type ProgressOptions, type ProgressStream, progress } from './progress.js';
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from './reduceLROnPlateau.js';
export { type RemoteMonitorOptions, remoteMonitor } from './remoteMonitor.js';
export { type TensorBoardOptions, tensorBoard } from './tensorBoard/tensorBoard.js';
export { terminateOnNaN } from './terminateOnNaN.js';
