import '../../shared/tfjs/activations.js';
import { addedLayers } from '../../shared/tfjs/layers/index.js';
import { type TfLayer, tfc, tfl } from '../../shared/tfjs/tfjs.js';

type Factory = [string, (args: object) => TfLayer];

/** A layer of TensorFlow.js, or one that Lockstep adds, by its Keras class name. */
export function createTfLayer(type: string, args: object): TfLayer {
  const added = addedLayers.find(({ className }) => className === type);
  // A name, be it undefined, tells the layer Identity from the initializer.
  if (added !== undefined)
    return added.fromConfig<TfLayer>(added, { name: undefined, ...args } as unknown as tfc.serialization.ConfigDict);
  const [, factory] = Object.entries(tfl.layers).find(([key]) => key.toLowerCase() === type.toLowerCase()) as Factory;
  return factory(args);
}

/** Whether tfjs-layers has a layer of that class. */
export function isOfTensorflow(type: string): boolean {
  return Object.keys(tfl.layers).some((key) => key !== 'Layer' && key.toLowerCase() === type.toLowerCase());
}

/** A layer of any class that is registered with TensorFlow.js's serialization, the user's own among them; else null. */
export function createRegistered(type: string, args: object): TfLayer | null {
  const { classNameMap } = tfc.serialization.SerializationMap.getMap();
  if (!Object.hasOwn(classNameMap, type)) return null;
  const [layerClass, fromConfig] = classNameMap[type];
  return fromConfig(layerClass, args as tfc.serialization.ConfigDict) as TfLayer;
}
