/**
 * The one door to TensorFlow.js, which is used for model topologies, shapes and file formats, never for training.
 * Its pure-JavaScript backend is registered so that layers can be built; a backend the user registered keeps its rank.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tfc from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

export * as tfl from '@tensorflow/tfjs-layers';
export { tfc };

export type TfLayer = LayersModel['layers'][number];

/** Does something of which TensorFlow.js would warn, without the warnings. */
export function quietly(work: () => void): void {
  const env = tfc.env();
  const test = env.getBool('IS_TEST');
  env.set('IS_TEST', true);
  try {
    work();
  } finally {
    env.set('IS_TEST', test);
  }
}

// The backend greets its first tensor with advice about speed that does not concern us.
quietly(() => tfc.zeros([1]).dispose());
