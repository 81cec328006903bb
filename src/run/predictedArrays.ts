import type { Prediction } from '../coordinator/callbacks/callback.js';
import { encodeNpy, encodeNpz } from '../coordinator/data/arrays/writeNpy.js';
import { userError } from '../shared/errors.js';

/** Predictions as NumPy loads them, where a path asks for that: `.npy` for one output, `.npz` for all by their names; else undefined. */
export function predictedArrays(
  path: string,
  predictions: readonly Prediction[],
  names: readonly string[],
): Uint8Array | undefined {
  const [, ending] = /\.(np[yz])$/i.exec(path) ?? [];
  const isArchive = ending?.toLowerCase() === 'npz';
  if (!isArchive && predictions.length > 1) {
    throw userError(
      'SEVERAL_TENSORS',
      `The model has ${predictions.length} outputs (${names.join(', ')}), but ${path} takes one; give a path that ends in .npz.`,
    );
  }
  if (isArchive) return encodeNpz(Object.fromEntries(predictions.map((prediction, i) => [names[i], prediction])));
  return ending === undefined ? undefined : encodeNpy(predictions[0]);
}
