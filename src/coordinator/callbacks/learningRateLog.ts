import type { Callback } from './callback.js';

/** As in Keras, callbacks that set the learning rate put the rate of the epoch into its logs, under Keras's name. */
export const learningRateLog: NonNullable<Callback['epochLogs']> = {
  learning_rate: ({ learningRate }) => learningRate,
};
