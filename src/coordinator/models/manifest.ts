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
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new Error(`weightsManifest.${path.join('.')}: ${message}`);
}

/** Bytes that the files of a manifest must hold together. */
export function manifestBytes(manifest: Manifest): number {
  return sumOver(manifest, ({ dtype, quantization }) => widths[quantization?.dtype ?? dtype]);
}

/** Elements of all its weights. */
export function manifestElements(manifest: Manifest): number {
  return sumOver(manifest, () => 1);
}

type StoredWeight = Manifest[number]['weights'][number];

function sumOver(manifest: Manifest, each: (weight: StoredWeight) => number): number {
  const weights = manifest.flatMap((group) => group.weights);
  return weights.reduce((sum, weight) => sum + each(weight) * weight.shape.reduce((a, length) => a * length, 1), 0);
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
