/**
 * The one door to TensorFlow.js, which is used for model topologies, shapes and file formats, never for training.
 * Its pure-JavaScript backend is registered so that layers can be built; a backend the user registered keeps its rank.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tfc from '@tensorflow/tfjs-core';

export * as tfl from '@tensorflow/tfjs-layers';
export { tfc };

/** The backend greets its first tensor with advice about speed that does not concern us; let that one go unheard. */
function greetQuietly(): void {
  const env = tfc.env();
  const test = env.getBool('IS_TEST');
  const backend = tfc.findBackend('cpu') as { write?(values: Float32Array, shape: number[], type: 'float32'): object };
  env.set('IS_TEST', true);
  const data = backend.write?.(new Float32Array(1), [1], 'float32');
  if (data !== undefined) (backend as { disposeData(data: object): void }).disposeData(data);
  env.set('IS_TEST', test);
}

greetQuietly();
