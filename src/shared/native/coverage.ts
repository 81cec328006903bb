import type { Program } from '../program/program.js';
import type { NativeAddon } from './addon.js';

/** What a program needs that the addon does not have, in words; null when it has all. */
export function nativeGap(addon: NativeAddon, { stages }: Pick<Program, 'stages'>): string | null {
  const kernels = new Set(addon.kernels().map(({ name }) => name));
  const missing = Object.values(stages)
    .flat(2)
    .find(({ kernel }) => !kernels.has(kernel));
  return missing === undefined ? null : `the native kernels have no ${missing.kernel}`;
}
