import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type TfLayer, tfl } from './tfjs.js';

const PROBE = 'lockstep_probe';

/**
 * TensorFlow.js remembers every name that a weight or a symbolic tensor was ever given, in a map from which nothing is
 * removed: a process that builds models without end would grow without end. The map is a private one of its module, so it
 * is found by looking at who takes a name; where it is not found, names stay as they would without Lockstep.
 */
export const registeredNames: ReadonlyMap<string, unknown> | null = findNames();

/**
 * Frees a model or a layer that Lockstep has built, with all that hangs together with it, and the names that it was given.
 * (The `dispose` of TensorFlow.js keeps the weights of a layer that is called twice, and of a branch that ends nowhere.)
 *
 * Names that were made unique by a number are forgotten, such as `dense/kernel_7`. Those that they were made from stay, with
 * the next number: it does not come round, so what lives is never given the name of what is gone, or the other way round.
 */
export function discard(whole: TfLayer | LayersModel): void {
  const parts = [...partsOf(whole)];
  const weights = new Set(parts.flatMap((layer) => layer.weights));
  // An input of a Sequential model is no layer of it, but is read by one.
  const tensors = parts.flatMap(({ inboundNodes }) =>
    inboundNodes.flatMap(({ inputTensors, outputTensors }) => [...inputTensors, ...outputTensors]),
  );
  for (const weight of weights) weight.dispose();
  for (const { name, originalName } of [...weights, ...tensors]) {
    if (name !== originalName) (registeredNames as Map<string, unknown> | null)?.delete(name);
  }
}

/** A layer, all that it holds as a model or a wrapper does, and all that reads it. */
export function partsOf(layer: TfLayer, found = new Set<TfLayer>()): Set<TfLayer> {
  if (found.has(layer)) return found;
  found.add(layer);
  const held: unknown[] = Object.values(layer).flat();
  const readers = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer);
  for (const part of [...held, ...readers]) if (part instanceof tfl.layers.Layer) partsOf(part, found);
  return found;
}

/** The map that takes the name of an input that is made for this; nothing else runs meanwhile. */
function findNames(): Map<string, unknown> | null {
  const { set } = Map.prototype;
  let found: Map<string, unknown> | null = null;
  Map.prototype.set = function (key, value) {
    if (key === PROBE) found = this;
    return set.call(this, key, value);
  };
  try {
    tfl.input({ name: PROBE, shape: [1] });
  } finally {
    Map.prototype.set = set;
  }
  return found;
}
