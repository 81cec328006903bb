import type { EngineName } from '../../shared/messages.js';
import type { Engine, EngineInput } from './engine.js';

/** Makes the engine of a rank; the module of an engine that is not used is never loaded. */
export async function createEngine(name: EngineName, input: EngineInput): Promise<Engine> {
  if (name === 'native') return (await import('./native.js')).createNativeEngine(input);
  return (await import('./reference.js')).createReferenceEngine(input);
}
