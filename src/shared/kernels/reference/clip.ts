/** Keras's clip of probabilities to [1e-7, 1 − 1e-7], both ends rounded to float32 as Keras's are. */
const CLIP_LOW = Math.fround(1e-7);
const CLIP_HIGH = Math.fround(1 - 1e-7);

/** A NaN stays NaN. */
export const clip = (p: number): number => Math.min(Math.max(p, CLIP_LOW), CLIP_HIGH);

/** Where the clip is active the gradient is zero, as in TensorFlow; a value at an end is not clipped. */
export const isClipped = (p: number): boolean => p < CLIP_LOW || p > CLIP_HIGH;
