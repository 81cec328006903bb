import { normalQuantile } from '../../../shared/random/normalQuantile.js';
import type { Draws } from '../../../shared/random/rng.js';

/** Pixels of one picture with their fractions, from 0 to 255, changed in place. */
export interface Tones {
  readonly values: Float32Array;
  readonly channels: number;
}

const clip = (value: number): number => Math.max(0, Math.min(255, value));

/** Adds `share` of the range to every value, as Keras's RandomBrightness. */
export function brighten({ values }: Tones, share: number): void {
  for (let i = 0; i < values.length; i++) values[i] = clip(values[i] + share * 255);
}

/** Moves every value away from the mean of its channel by a factor, as Keras's RandomContrast. */
export function contrast({ values, channels }: Tones, factor: number): void {
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = c; i < values.length; i += channels) sum += values[i];
    const mean = sum / (values.length / channels);
    for (let i = c; i < values.length; i += channels) values[i] = clip((values[i] - mean) * factor + mean);
  }
}

/** Moves the colours of every pixel away from its gray (ITU-R BT.601) by a factor. */
export function saturate({ values, channels }: Tones, factor: number): void {
  if (channels !== 3) return;
  for (let i = 0; i < values.length; i += 3) {
    const gray = 0.299 * values[i] + 0.587 * values[i + 1] + 0.114 * values[i + 2];
    for (let c = i; c < i + 3; c++) values[c] = clip((values[c] - gray) * factor + gray);
  }
}

/** Adds to every value a normal one of deviation `share` of the range; value i takes element `from` + i of the draws. */
export function addNoise({ values }: Tones, share: number, draws: Draws, from: number): void {
  for (let i = 0; i < values.length; i++) {
    const uniform = (draws.word(from + i) + 0.5) / 2 ** 32;
    values[i] = clip(values[i] + share * 255 * normalQuantile(uniform));
  }
}
