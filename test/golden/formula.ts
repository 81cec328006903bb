/** Weights and data by formula, bit by bit as generate/formula.py makes them. */

/** Streams of draws; weight k of a model has stream k. */
export const streams = { inputs: 1000, targets: 2000, sampleWeights: 3000 } as const;

/** What a tensor holds; `values` when no kind is given. */
export interface Kind {
  readonly kind?: 'values' | 'indices' | 'binary' | 'signs' | 'classes' | 'oneHot' | 'probabilities';
  /** Ends of the range of `values` (−1 and 1 by default); the first index of `indices`. */
  readonly low?: number;
  readonly high?: number;
  /** For `indices` and `classes`: the first number beyond them. */
  readonly classes?: number;
  /**
   * Row r keeps its first 1 + r mod steps time steps, and zeros follow; `left`: its last ones, behind zeros; `holes`: those
   * of which r + 2·step is no multiple of 3, and of every fourth row none.
   */
  readonly padded?: true | 'left' | 'holes';
}

export interface Filled {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A tensor of `shape`, rows first. */
export function fill(kind: Kind, shape: readonly number[], seed: number, stream: number): Filled {
  const draws = uniform(seed, stream, sizeOf(shape));
  const made = makers[kind.kind ?? 'values'](kind, draws, shape);
  return { values: kind.padded === undefined ? made : padded(made, shape, kept[String(kind.padded)]), shape };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** Numbers in [0, 1): MurmurHash3's finalizer of the position, mixed with seed and stream. */
function uniform(seed: number, stream: number, size: number): Float64Array {
  const start = (Math.imul(seed, 0x85ebca6b) + Math.imul(stream + 1, 0x9e3779b9)) >>> 0;
  return Float64Array.from({ length: size }, (_, i) => finalize((start + i) >>> 0) / 2 ** 32);
}

function finalize(key: number): number {
  let h = key ^ (key >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

type Maker = (kind: Kind, draws: Float64Array, shape: readonly number[]) => Float32Array | Int32Array;

const makers: Readonly<Record<NonNullable<Kind['kind']>, Maker>> = {
  values: ({ low = -1, high = 1 }, draws) => Float32Array.from(draws, (draw) => low + (high - low) * draw),
  indices: ({ low = 0, classes = 1 }, draws) =>
    Float32Array.from(draws, (draw) => Math.floor(low + (classes - low) * draw)),
  binary: (_, draws) => Float32Array.from(draws, (draw) => (draw < 0.5 ? 1 : 0)),
  signs: (_, draws) => Float32Array.from(draws, (draw) => (draw < 0.5 ? -1 : 1)),
  classes: ({ classes = 1 }, draws) => Int32Array.from(draws, (draw) => Math.floor(draw * classes)),
  oneHot,
  probabilities,
};

/** The first draw of a group chooses its class. */
function oneHot(_: Kind, draws: Float64Array, shape: readonly number[]): Float32Array {
  const size = shape[shape.length - 1];
  return Float32Array.from(draws, (_draw, e) => (e % size === Math.floor(draws[e - (e % size)] * size) ? 1 : 0));
}

/** Groups over the last axis that add up to 1; the sum runs from left to right. */
function probabilities(_: Kind, draws: Float64Array, shape: readonly number[]): Float32Array {
  const size = shape[shape.length - 1];
  const totalAt = (start: number): number => {
    let total = 0;
    for (let j = 0; j < size; j++) total += 0.1 + draws[start + j];
    return total;
  };
  return Float32Array.from(draws, (draw, e) => (0.1 + draw) / totalAt(e - (e % size)));
}

type Keeps = (row: number, step: number, steps: number) => boolean;

const kept: Readonly<Record<string, Keeps>> = {
  true: (row, step, steps) => step <= row % steps,
  left: (row, step, steps) => steps - 1 - step <= row % steps,
  holes: (row, step) => row % 4 !== 3 && (row + 2 * step) % 3 !== 0,
};

function padded<T extends Float32Array | Int32Array>(values: T, shape: readonly number[], keeps: Keeps): T {
  const [rows, steps] = shape;
  const size = sizeOf(shape.slice(2));
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) {
      const at = (row * steps + step) * size;
      if (!keeps(row, step, steps)) values.fill(0, at, at + size);
    }
  }
  return values;
}
