import { createRequire } from 'node:module';
import util from 'node:util';
import { quietly, tfc } from '../../../coordinator/models/tfjs.js';
import type { LayersEngineName } from '../../../shared/messages.js';
import { requireTensorflow } from '../../../shared/tensorflow/places.js';

/** Makes TensorFlow.js compute on what the engine stands for. */
export async function loadBackend(name: LayersEngineName): Promise<void> {
  if (name === 'tensorflow') loadTensorflow();
  await tfc.setBackend(name === 'tensorflow' ? 'tensorflow' : 'cpu');
}

/** tfjs-node calls a function that Node 23 has removed. */
function restoreUtil(): void {
  const functions: { isNullOrUndefined?: (value: unknown) => boolean } = util;
  functions.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

function loadTensorflow(): void {
  const { path } = requireTensorflow();
  restoreUtil();
  // The package brings TensorFlow.js along, which warns of each kernel and backend that is there already.
  quietly(() => createRequire(import.meta.url)(path));
}
