/** Forecasting: a GRU reads two days of hourly weather, window by window from a generator. `npx tsx examples/tfjs/forecast.ts` */
import { parallel } from 'lockstep';
import { draws } from './cartPole.js';
import * as tf from './tf.js';

const [HOURS, WINDOW, AHEAD, BATCH] = [1200, 48, 6, 32];
const draw = draws(3);
const weather = Array.from({ length: HOURS }, (_, hour) => {
  const temperature = Math.sin((hour / 24) * 2 * Math.PI) + 0.5 * Math.sin((hour / 170) * 2 * Math.PI) + 0.1 * draw();
  return [temperature, Math.cos((hour / 24) * 2 * Math.PI) + 0.1 * draw(), draw()];
});

/** Windows that begin in these hours, and the temperature some hours after each. */
function windows(from: number, to: number): tf.data.Dataset<tf.TensorContainer> {
  return tf.data.generator(function* () {
    for (let first = from; first + BATCH <= to; first += BATCH) {
      const begins = Array.from({ length: BATCH }, (_, i) => first + i);
      const xs = tf.tensor3d(begins.map((hour) => weather.slice(hour, hour + WINDOW)));
      yield { xs, ys: tf.tensor2d(begins.map((hour) => [weather[hour + WINDOW + AHEAD][0]])) };
    }
  });
}

const net = tf.sequential({
  layers: [
    tf.layers.gru({ units: 24, inputShape: [WINDOW, 3], recurrentInitializer: 'glorotNormal' }),
    tf.layers.dense({ units: 1 }),
  ],
});
const model = parallel(net);
model.compile({ optimizer: tf.train.rmsprop(0.003), loss: 'meanSquaredError', metrics: ['mae'] });
const { history } = await model.fitDataset(windows(0, 800), {
  ...{ epochs: Number(process.env.EPOCHS ?? 3), validationData: windows(800, HOURS - WINDOW - AHEAD), verbose: 0 },
});
console.log(`mean error of unseen days ${(history.val_mae as number[]).map((error) => error.toFixed(3)).join(', ')}`);

export const trained = [model];
