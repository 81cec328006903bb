import { userError } from '../shared/errors.js';
import type { EngineName } from '../shared/messages.js';
import { findAddon } from '../shared/native/addon.js';
import { nativeGap } from '../shared/native/coverage.js';
import type { Program } from '../shared/program.js';
import type { EngineChoice } from './options.js';

/** The engine a run uses, and why, in words for logs and `inspect`. */
export interface ChosenEngine {
  readonly name: EngineName;
  readonly reason: string;
}

/**
 * `auto` takes the native kernels where they load and have all that the program calls, else the reference ones. Without
 * a program it says what would be taken for one that they cover.
 */
export function chooseEngine(choice: EngineChoice, program?: Program): ChosenEngine {
  if (choice === 'reference') return { name: 'reference', reason: 'it was asked for' };
  const found = findAddon();
  if (found.addon === null) return withoutNative(choice, found.reason, `there are ${found.reason}`);
  const gap = program === undefined ? null : nativeGap(found.addon, program);
  if (gap !== null) return withoutNative(choice, gap, gap);
  return { name: 'native', reason: `its kernels were loaded from ${found.path}` };
}

function withoutNative(choice: EngineChoice, reason: string, sentence: string): ChosenEngine {
  if (choice === 'auto') return { name: 'reference', reason };
  throw userError('NATIVE_MISSING', `engine is native, but ${sentence}; or use engine: auto.`);
}
