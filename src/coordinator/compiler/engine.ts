import { type LockstepError, userError } from '../../shared/errors.js';
import { findAddon, type NativeAddon } from '../../shared/native/addon.js';
import { nativeGap } from '../../shared/native/coverage.js';
import type { Program } from '../../shared/program/program.js';
import type { EngineName, KernelEngineName, LayersEngineName } from '../../shared/protocol/messages.js';
import { findTensorflow, requireTensorflow, TENSORFLOW_ADVICE } from '../../shared/tfjs/places.js';
import type { EngineChoice } from '../options/trainerOptions.js';

/** The engine a run uses, and why, in words for logs and `inspect`. */
export interface ChosenEngine<Name extends EngineName = EngineName> {
  readonly name: Name;
  readonly reason: string;
}

/**
 * The engine for a program of kernel calls. `auto` takes the native kernels where they load and have all that the program
 * calls, else the reference ones. Without a program it says what would be taken for one that they cover.
 */
export function chooseEngine(
  choice: Exclude<EngineChoice, LayersEngineName>,
  program?: Program,
): ChosenEngine<KernelEngineName> {
  if (choice === 'reference') return { name: 'reference', reason: 'it was asked for' };
  const found = findAddon();
  if (found.addon === null) return withoutNative(choice, found.reason, `there are ${found.reason}`);
  requireInstructions(found.addon);
  const gap = program === undefined ? null : nativeGap(found.addon, program);
  if (gap !== null) return withoutNative(choice, gap, gap);
  return { name: 'native', reason: `its kernels were loaded from ${found.path}` };
}

/** The kernels that LOCKSTEP_ISA asks for are there, or nothing begins. */
function requireInstructions(addon: NativeAddon): void {
  const asked = process.env.LOCKSTEP_ISA ?? '';
  const there: readonly string[] = addon.isas();
  if (asked === '' || there.includes(asked)) return;
  throw userError(
    'INVALID_ISA',
    `LOCKSTEP_ISA is ${JSON.stringify(asked)}, but the native kernels that run on this machine are ${there.join(', ')}; set it to one of these, or leave it unset.`,
  );
}

function withoutNative(
  choice: Exclude<EngineChoice, LayersEngineName>,
  reason: string,
  sentence: string,
): ChosenEngine<KernelEngineName> {
  if (choice === 'auto') return { name: 'reference', reason };
  throw userError('NATIVE_MISSING', `engine is native, but ${sentence}; or use engine: auto.`);
}

/** An engine that was asked for, in which TensorFlow.js computes the model; refused where it is not installed. */
export function chooseLayersEngine(name: LayersEngineName): ChosenEngine<LayersEngineName> {
  if (name === 'tensorflow') requireTensorflow();
  return { name, reason: 'it was asked for' };
}

/** The engine for a model that does not lower to kernels, for the reason that lowering gave. */
export function engineWithoutLowering(refusal: LockstepError): ChosenEngine<LayersEngineName> {
  const found = findTensorflow();
  if (found.path !== null) return { name: 'tensorflow', reason: refusal.message };
  return { name: 'tfjs', reason: `${refusal.message} ${found.reason}; ${TENSORFLOW_ADVICE} to train faster.` };
}
