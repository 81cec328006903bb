import { userError } from '../shared/errors.js';
import type { EngineName } from '../shared/messages.js';
import { findAddon } from '../shared/native/addon.js';
import type { EngineChoice } from './options.js';

/** The engine a run uses, and why, in words for logs and `inspect`. */
export interface ChosenEngine {
  readonly name: EngineName;
  readonly reason: string;
}

/** `auto` takes the native kernels where they load, else the reference ones. */
export function chooseEngine(choice: EngineChoice): ChosenEngine {
  if (choice === 'reference') return { name: 'reference', reason: 'it was asked for' };
  const found = findAddon();
  if (found.addon !== null) return { name: 'native', reason: `its kernels were loaded from ${found.path}` };
  if (choice === 'auto') return { name: 'reference', reason: found.reason };
  throw userError('NATIVE_MISSING', `engine is native, but there are ${found.reason}; or use engine: auto.`);
}
