import type { PlacedProgram } from '../../shared/program/program.js';
import type { EngineName } from '../../shared/protocol/messages.js';
import type { Engine, EngineInput } from './engine.js';

/** Makes the engine of a rank; the module of an engine that is not used is never loaded. */
export async function createEngine(name: EngineName, input: EngineInput, program: PlacedProgram): Promise<Engine> {
  if (name === 'native') return (await import('./native.js')).createNativeEngine(input);
  if (name === 'reference') return (await import('./reference.js')).createReferenceEngine(input);
  return (await import('./tfjs/engine.js')).createLayersEngine(name, input, program);
}
