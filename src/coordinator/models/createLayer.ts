import type { LayersModel } from '@tensorflow/tfjs-layers';
import './activations.js';
import { addedLayers } from './layers/index.js';
import { type tfc, tfl } from './tfjs.js';

export type TfLayer = LayersModel['layers'][number];

type Factory = [string, (args: object) => TfLayer];

/** A layer of TensorFlow.js, or one that Lockstep adds, by its Keras class name. */
export function createTfLayer(type: string, args: object): TfLayer {
  const added = addedLayers.find(({ className }) => className === type);
  if (added !== undefined) return added.fromConfig<TfLayer>(added, args as tfc.serialization.ConfigDict);
  const [, factory] = Object.entries(tfl.layers).find(([key]) => key.toLowerCase() === type.toLowerCase()) as Factory;
  return factory(args);
}
