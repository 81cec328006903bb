/** A pole on a cart, as in Barto, Sutton and Anderson (1983): it is to be kept upright by pushing the cart left or right. */

const [GRAVITY, CART, POLE, HALF_LENGTH, FORCE, SECONDS] = [9.8, 1, 0.1, 0.5, 10, 0.02];

/** Position and speed of the cart, angle and speed of the pole. */
export type State = readonly [x: number, speed: number, angle: number, turning: number];

/** Where the pole stands after one push; the time is over once it has fallen or the cart is gone. */
export function push(
  [x, speed, angle, turning]: State,
  action: number,
): { readonly state: State; readonly done: boolean } {
  const force = action === 1 ? FORCE : -FORCE;
  const [sin, cos, mass] = [Math.sin(angle), Math.cos(angle), CART + POLE];
  const pull = (force + POLE * HALF_LENGTH * turning ** 2 * sin) / mass;
  const turn = (GRAVITY * sin - cos * pull) / (HALF_LENGTH * (4 / 3 - (POLE * cos ** 2) / mass));
  const move = pull - (POLE * HALF_LENGTH * turn * cos) / mass;
  const state: State = [
    x + SECONDS * speed,
    speed + SECONDS * move,
    angle + SECONDS * turning,
    turning + SECONDS * turn,
  ];
  return { state, done: Math.abs(state[0]) > 2.4 || Math.abs(state[2]) > 0.2095 };
}

/** Numbers in [0, 1) that look random, the same in each run. */
export function draws(seed: number): () => number {
  let now = seed;
  return () => {
    now = (now * 48271) % 2147483647;
    return now / 2147483647;
  };
}

/** A pole that stands nearly upright. */
export function begin(draw: () => number): State {
  const small = (): number => draw() * 0.1 - 0.05;
  return [small(), small(), small(), small()];
}
