import type { EngineName } from '../shared/messages.js';
import type { EngineChoice } from './options.js';

/** The engine a run uses, and why, in words for logs and `inspect`. */
export interface ChosenEngine {
  readonly name: EngineName;
  readonly reason: string;
}

export function chooseEngine(choice: EngineChoice): ChosenEngine {
  if (choice === 'auto') return { name: 'reference', reason: 'no native addon' };
  return { name: choice, reason: 'asked for' };
}
