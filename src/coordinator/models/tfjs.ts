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
  env.set('IS_TEST', true);
  tfc.zeros([1]).dispose();
  env.set('IS_TEST', test);
}

greetQuietly();
