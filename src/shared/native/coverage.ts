import { activations } from '../kernels/activations.js';
import { type KernelCall, kernelTable } from '../kernels/table.js';
import type { Program } from '../program.js';
import type { NativeAddon } from './addon.js';

/** Activations that the native kernels apply: the first of the list. */
const NATIVE_ACTIVATIONS = 4;

/** What a program needs that the addon does not have, in words; null when it has all. */
export function nativeGap(addon: NativeAddon, program: Pick<Program, 'stages' | 'states'>): string | null {
  const kernels = new Set(addon.kernels().map(({ name }) => name));
  const calls = Object.values(program.stages).flat(2);
  const missing = calls.find(({ kernel }) => !kernels.has(kernel));
  if (missing !== undefined) return `the native kernels have no ${missing.kernel}`;
  const activation = calls.flatMap(activationsOf).find((number) => number >= NATIVE_ACTIVATIONS);
  if (activation !== undefined) return `the native kernels have no ${activations[activation]}`;
  return program.states.length > 0 ? 'the native kernels have no weights that are not trained' : null;
}

function activationsOf({ kernel, args }: KernelCall): number[] {
  const kinds: Readonly<Record<string, string>> = kernelTable[kernel].arguments;
  return Object.entries(args)
    .filter(([name]) => kinds[name] === 'activation')
    .map(([, value]) => value);
}
