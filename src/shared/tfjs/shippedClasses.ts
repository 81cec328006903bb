import './activations.js';
import './layers/index.js';
import { tfc } from './tfjs.js';

/** Classes of layers that every rank knows: those that TensorFlow.js and Lockstep have registered by now. */
const shipped: ReadonlySet<string> = new Set(Object.keys(tfc.serialization.SerializationMap.getMap().classNameMap));

/** Whether a class of layers is the caller's own. One that was registered before Lockstep was loaded is not told from others. */
export function isOwnClass(name: string): boolean {
  return !shipped.has(name);
}
