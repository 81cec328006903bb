/** Policy gradient (REINFORCE): a network learns to keep a pole upright. `npx tsx examples/tfjs/policy.ts` */
import { parallel } from 'lockstep';
import { begin, draws, push, type State } from './cartPole.js';
import * as tf from './tf.js';

const draw = draws(7);
const net = tf.sequential({
  layers: [
    tf.layers.dense({ units: 16, activation: 'tanh', inputShape: [4] }),
    tf.layers.dense({ units: 2, activation: 'softmax' }),
  ],
});
const model = parallel(net);
// The target of an action that was taken is its advantage, so that cross-entropy is the loss of the policy gradient.
model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' });
await model.trainOnBatch(tf.zeros([1, 4]), tf.zeros([1, 2]));

/** One game: what was seen, what was done, and how many steps were still to come. */
function play(): { readonly states: State[]; readonly actions: number[]; readonly returns: number[] } {
  const [states, actions]: [State[], number[]] = [[], []];
  let state = begin(draw);
  for (let done = false; !done && states.length < 200; ) {
    const [left] = tf.tidy(() => (model.predict(tf.tensor2d([[...state]])) as tf.Tensor).dataSync());
    const action = draw() < left ? 0 : 1;
    states.push(state);
    actions.push(action);
    ({ state, done } = push(state, action));
  }
  const returns = states.map((_, i) => (1 - 0.98 ** (states.length - i)) / 0.02);
  return { states, actions, returns };
}

for (let round = 0; round < 12; round++) {
  const games = Array.from({ length: 8 }, play);
  const returns = games.flatMap((game) => game.returns);
  const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
  const spread = Math.sqrt(returns.reduce((a, b) => a + (b - mean) ** 2, 0) / returns.length);
  const actions = games.flatMap((game) => game.actions);
  const targets = actions.map((action, i) => [0, 1].map((a) => (a === action ? (returns[i] - mean) / spread : 0)));
  const [x, y] = [tf.tensor2d(games.flatMap((game) => game.states.map((state) => [...state]))), tf.tensor2d(targets)];
  await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  if (round % 4 === 3)
    console.log(`round ${round + 1}: a pole stands ${(returns.length / games.length).toFixed(1)} steps`);
}

export const trained = [model];
