/** Deep Q-learning with a target network: what is each push worth? `npx tsx examples/tfjs/dqn.ts` */
import { parallel } from 'lockstep';
import { begin, draws, push, type State } from './cartPole.js';
import * as tf from './tf.js';

interface Move {
  readonly before: State;
  readonly action: number;
  readonly after: State;
  readonly done: boolean;
}

const draw = draws(11);
const build = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 32, activation: 'relu', inputShape: [4] }),
      tf.layers.dense({ units: 32, activation: 'relu' }),
      tf.layers.dense({ units: 2 }),
    ],
  });
const [net, target] = [build(), build()];
const model = parallel(net);
model.compile({ optimizer: tf.train.adam(0.002), loss: tf.losses.huberLoss });
target.setWeights(model.getWeights());

/** What a network thinks that pushes are worth in each state. */
function worth(network: tf.LayersModel, states: readonly State[]): number[][] {
  return tf.tidy(() => (network.predict(tf.tensor2d(states.map((state) => [...state]))) as tf.Tensor2D).arraySync());
}

const memory: Move[] = [];
let state = begin(draw);
let [games, steps] = [0, 0];
for (let step = 0; step < 1500; step++) {
  const explores = draw() < Math.max(0.05, 1 - step / 800);
  const [left, right] = explores ? [draw(), draw()] : worth(model, [state])[0];
  const action = right > left ? 1 : 0;
  const { state: after, done } = push(state, action);
  memory.push({ before: state, action, after, done });
  state = done ? begin(draw) : after;
  games += Number(done);
  steps++;
  if (step % 4 === 0 && memory.length >= 64) {
    const moves = Array.from({ length: 32 }, () => memory[Math.floor(draw() * memory.length)]);
    const now = worth(
      model,
      moves.map(({ before }) => before),
    );
    const next = worth(
      target,
      moves.map(({ after }) => after),
    );
    const goals = moves.map(({ action, done }, i) =>
      now[i].map((value, a) => (a === action ? 1 + (done ? 0 : 0.98 * Math.max(...next[i])) : value)),
    );
    const [x, y] = [tf.tensor2d(moves.map(({ before }) => [...before])), tf.tensor2d(goals)];
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
  if (step % 100 === 99) target.setWeights(model.getWeights());
  if (step % 500 !== 499) continue;
  console.log(`step ${step + 1}: a pole stands ${(steps / Math.max(1, games)).toFixed(1)} steps`);
  [games, steps] = [0, 0];
}

export const trained = [model];
