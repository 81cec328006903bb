import { tfl } from './tfjs.js';

/**
 * Building a model makes its weights, and a topology may name layers of any size. Where the weights come from a file,
 * they may together have no more elements than the file holds: more is refused before it is allocated.
 *
 * TensorFlow.js makes every weight by `Layer.addWeight`, which has no other place to be limited at. Builds come one after
 * another, so that each has a budget of its own.
 */
let left = Number.POSITIVE_INFINITY;
let turn: Promise<unknown> = Promise.resolve();

type AddWeight = (this: unknown, name: string, shape: readonly (number | null)[], ...others: unknown[]) => unknown;

const { prototype } = tfl.layers.Layer;
const addWeight = Reflect.get(prototype, 'addWeight') as AddWeight;
const addWithinBudget: AddWeight = function (name, shape, ...others) {
  left -= shape.reduce((product: number, length) => product * (length ?? 1), 1);
  if (!(left >= 0)) throw new Error('its layers have more weights than are stored with it');
  return addWeight.call(this, name, shape, ...others);
};
Reflect.set(prototype, 'addWeight', addWithinBudget);

/** Builds a model whose weights have `elements` elements at most. */
export async function withinBudget<T>(elements: number, build: () => Promise<T>): Promise<T> {
  const mine = turn.then(async () => {
    left = elements;
    try {
      return await build();
    } finally {
      left = Number.POSITIVE_INFINITY;
    }
  });
  turn = mine.catch(() => {});
  return mine;
}
