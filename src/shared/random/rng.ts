/**
 * The counter-based generator behind every random draw: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A draw is a pure function of (seed, purpose, layer, step, position): no rank
 * and no thread advances a stream, so the number of workers cannot leak into a result.
 */

/** What a draw is for; the numbers are part of the format of a run and never change. */
export const purposes = {
  initialize: 1,
  shuffle: 2,
  dropout: 3,
  split: 4,
  noise: 5,
  network: 16,
  augment: 20,
} as const;
export type Purpose = keyof typeof purposes;

/** The two unsigned 32-bit halves of a seed. */
export type Seed = readonly [number, number];

/** Splits a non-negative safe integer into the halves that key the generator. */
export function seedHalves(seed: number): Seed {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/** Counter word 3: the purpose in the low 8 bits and the layer (or another small key) above. */
export function streamOf(purpose: Purpose, layer: number): number {
  return ((layer << 8) | purposes[purpose]) >>> 0;
}

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** Writes the four unsigned 32-bit words of block (c0, c1, c2, c3) under `seed` to `out`. */
export function philox(seed: Seed, c0: number, c1: number, c2: number, c3: number, out: Uint32Array): void {
  let k0 = seed[0];
  let k1 = seed[1];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A word as a uniform float32 in [0, 1): its 24 high bits over 2^24, exact in float32. */
export function uniform(word: number): number {
  return (word >>> 8) / 16777216;
}

/**
 * Draws for one (purpose, layer, step, position), indexed by element: element e is word e mod 4 of block
 * (⌊e/4⌋, position, step, stream).
 */
export class Draws {
  readonly #seed: Seed;
  readonly #words = new Uint32Array(4);
  #stream = 0;
  #step = 0;
  #position = 0;
  #block = -1;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  /** Chooses whose draws follow. */
  at(purpose: Purpose, layer: number, step: number, position: number): this {
    this.#stream = streamOf(purpose, layer);
    this.#step = step;
    this.#position = position;
    this.#block = -1;
    return this;
  }

  /** The unsigned 32-bit word of element `e`. */
  word(e: number): number {
    const block = Math.floor(e / 4);
    if (block !== this.#block) {
      philox(this.#seed, block >>> 0, this.#position, this.#step, this.#stream, this.#words);
      this.#block = block;
    }
    return this.#words[e & 3];
  }

  /** A uniform float32 in [0, 1) for element `e`. */
  uniform(e: number): number {
    return uniform(this.word(e));
  }
}
