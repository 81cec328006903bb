import { createRequire } from 'node:module';
import { constants } from 'node:os';
import util from 'node:util';
import type { LayersEngineName } from '../../../shared/protocol/messages.js';
import { requireTensorflow } from '../../../shared/tfjs/places.js';
import { quietly, tfc } from '../../../shared/tfjs/tfjs.js';
import { rememberAttributeNames } from './attributeNames.js';
import { registerGradients } from './gradients.js';
import { registerPlainConvolutions } from './plainConvolution.js';
import { registerReplacements } from './replacements.js';

/** The engines whose kernels and gradients this thread has registered. */
const registered = new Set<LayersEngineName>();

/** Makes TensorFlow.js compute on what the engine stands for. */
export async function loadBackend(name: LayersEngineName): Promise<void> {
  if (name === 'tensorflow') await loadTensorflow();
  else await tfc.setBackend('cpu');
  if (registered.has(name)) return;
  registered.add(name);
  registerGradients(name);
  if (name === 'tensorflow') {
    rememberAttributeNames();
    registerReplacements();
  } else {
    registerPlainConvolutions();
  }
}

/** tfjs-node calls a function that Node 23 has removed. */
function restoreUtil(): void {
  const functions: { isNullOrUndefined?: (value: unknown) => boolean } = util;
  functions.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/** Loads tfjs-node and makes it compute, as it comes. */
export async function loadTensorflow(): Promise<void> {
  const { path } = requireTensorflow();
  restoreUtil();
  // The package brings TensorFlow.js along, which warns of each kernel and backend that is there already.
  quietly(() => keepingLoaded(() => createRequire(import.meta.url)(path)));
  await tfc.setBackend('tensorflow');
}

/** RTLD_NODELETE of dlopen, which Node has no name for. */
const NO_DELETE: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };

/**
 * Loads native addons so that they stay in the process. Node unloads an addon with the last thread that has it, but
 * libtensorflow cannot be unloaded: a process that has done so crashes as it ends.
 */
function keepingLoaded(load: () => void): void {
  const { dlopen } = process;
  const kept = NO_DELETE[process.platform] ?? 0;
  process.dlopen = (module, filename, flags = constants.dlopen.RTLD_LAZY) => dlopen(module, filename, flags | kept);
  try {
    load();
  } finally {
    process.dlopen = dlopen;
  }
}
