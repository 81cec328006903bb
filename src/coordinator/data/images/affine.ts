/** x' = a0·x + a1·y + a2 and y' = b0·x + b1·y + b2: where in a picture the pixel (x, y) of the result comes from. */
export type Affine = readonly [a0: number, a1: number, a2: number, b0: number, b1: number, b2: number];

export const identity: Affine = [1, 0, 0, 0, 1, 0];

/** `last` is looked at first: the result of `before` is what `last` is done to. */
export function after(before: Affine, last: Affine): Affine {
  const [a0, a1, a2, b0, b1, b2] = before;
  const [c0, c1, c2, d0, d1, d2] = last;
  return [
    a0 * c0 + a1 * d0,
    a0 * c1 + a1 * d1,
    a0 * c2 + a1 * d2 + a2,
    b0 * c0 + b1 * d0,
    b0 * c1 + b1 * d1,
    b0 * c2 + b1 * d2 + b2,
  ];
}

export function flip(horizontal: boolean, vertical: boolean, height: number, width: number): Affine {
  return [horizontal ? -1 : 1, 0, horizontal ? width - 1 : 0, 0, vertical ? -1 : 1, vertical ? height - 1 : 0];
}

/** Down by `y` and to the right by `x` pixels. */
export const translation = (y: number, x: number): Affine => [1, 0, -x, 0, 1, -y];

/** About the middle, anticlockwise; the matrix of Keras's RandomRotation. */
export function rotation(radians: number, height: number, width: number): Affine {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos];
}

/** About the middle; above 1 the picture becomes smaller. The matrix of Keras's RandomZoom. */
export function zoom(factor: number, height: number, width: number): Affine {
  return [factor, 0, ((width - 1) / 2) * (1 - factor), 0, factor, ((height - 1) / 2) * (1 - factor)];
}

/** A window of `share` of both sides, enlarged; `y` and `x`: how far it lies from the top and from the left, 0 to 1. */
export function crop(share: number, y: number, x: number, height: number, width: number): Affine {
  const offset = (at: number, length: number): number => 0.5 * share - 0.5 + at * (1 - share) * length;
  return [share, 0, offset(x, width), 0, share, offset(y, height)];
}
