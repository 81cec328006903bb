import type { KernelCall, KernelName } from '../../shared/kernels/table.js';

/** A kernel at a shape that a workload of the budget has, and what the mathematics of it costs. */
export interface KernelBenchCase {
  readonly kernel: KernelName | 'adam' | 'reduce';
  readonly shape: string;
  /** Rows of a rank: half a batch of 256. */
  readonly rows: number;
  /** Elements a row of each row-wise buffer. */
  readonly records: readonly number[];
  readonly parameterLength: number;
  /** Where the first buffer holds words: the first number beyond them. */
  readonly words?: number;
  /** Sums a shard; default 1. */
  readonly sumCount?: number;
  readonly flops: number;
  readonly bytes: number;
  calls(buffers: readonly number[]): readonly KernelCall[];
}

export const ROWS = 128;
export const RELU = 1;

/** Square windows over square images. */
export function windowsOf(size: number, channels: number, window: number, stride: number) {
  const out = Math.floor((size - window) / stride) + 1;
  return {
    height: size,
    width: size,
    channels,
    windowHeight: window,
    windowWidth: window,
    strideHeight: stride,
    strideWidth: stride,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    outHeight: out,
    outWidth: out,
  };
}
