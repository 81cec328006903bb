import { z } from 'zod';

/** Bytes of one element by type, as stored; tfjs reads no other types of numbers. */
const widths: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

const stored = z.enum(Object.keys(widths));

/** `weightsManifest` of a model.json: which files hold which weights. Keys that tfjs does not read may be there. */
const schema = z.array(
  z.looseObject({
    paths: z.array(z.string().min(1)),
    weights: z.array(
      z.looseObject({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        dtype: stored,
        quantization: z.looseObject({ dtype: stored }).optional(),
      }),
    ),
  }),
);

export type Manifest = z.output<typeof schema>;

export function parseManifest(given: unknown): Manifest {
  return schema.parse(given);
}

/** Bytes that the files of a manifest must hold together. */
export function manifestBytes(manifest: Manifest): number {
  const weights = manifest.flatMap((group) => group.weights);
  return weights.reduce((sum, { shape, dtype, quantization }) => {
    const elements = shape.reduce((product, length) => product * length, 1);
    return sum + elements * widths[quantization?.dtype ?? dtype];
  }, 0);
}

/** Keys that would reach an object's prototype; no model has them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses JSON from a file that is not trusted. */
export function parseSafely(text: string): unknown {
  return JSON.parse(text, (key, value) => {
    if (FORBIDDEN.has(key)) throw new Error(`the key ${key} is not allowed`);
    return value;
  });
}
