import type { Instruction } from '../../src/coordinator/compiler/lower/instructions.js';
import type { KernelArguments, KernelCall, KernelName } from '../../src/shared/kernels/table.js';

/** What stands in a buffer before the calls run. */
export type Content =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'classes'; readonly classes: number }
  | { readonly kind: 'oneHot'; readonly size: number }
  | { readonly kind: 'bits' }
  | { readonly kind: 'unwritten' };

export interface CaseBuffer {
  /** 32-bit elements a row. */
  readonly size: number;
  readonly content: Content;
}

/**
 * Kernel calls over small buffers: what the laws of both kernel tables run over. A call's `rows` arguments are offsets
 * given by `at`.
 */
export interface KernelCase {
  readonly name: string;
  readonly buffers: Readonly<Record<string, CaseBuffer>>;
  readonly parameterLength: number;
  readonly sumCount: number;
  calls(at: Readonly<Record<string, number>>): readonly Instruction[];
  /** What rank 0 runs alone at the end. */
  averages?(at: Readonly<Record<string, number>>): readonly KernelCall[];
}

export const uniform = (size: number, low = -1, high = 1): CaseBuffer => ({
  size,
  content: { kind: 'uniform', low, high },
});
export const unwritten = (size: number): CaseBuffer => ({ size, content: { kind: 'unwritten' } });
export const classes = (size: number, count: number): CaseBuffer => ({
  size,
  content: { kind: 'classes', classes: count },
});
export const oneHot = (groups: number, size: number): CaseBuffer => ({
  size: groups * size,
  content: { kind: 'oneHot', size },
});
export const zeroOrOne = (size: number): CaseBuffer => ({ size, content: { kind: 'bits' } });

export function call<K extends KernelName>(kernel: K, args: KernelArguments<K>): KernelCall {
  return { kernel, args } as KernelCall;
}

/** Parameters begin on 64-byte lines, as in the flat vector. */
export const aligned = (size: number): number => Math.ceil(size / 16) * 16;
