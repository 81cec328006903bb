import type { Column } from '../../memory/dataset.js';
import type { KernelMemory, Pass } from '../pass.js';
import { flushed } from './denormals.js';

/**
 * Copies record order[start + r] (or start + r without an order) of the column to row r of the buffer, for the pass's
 * rows r. float32 and int32 are copied as they are, but for denormals, which become 0 of their sign as in every native
 * kernel; uint8 becomes float32 as value · scale.
 */
export function gather(
  memory: KernelMemory,
  pass: Pass,
  column: Column,
  values: Float32Array | Uint8Array | Int32Array,
  buffer: number,
  order: Int32Array | null,
  start: number,
): void {
  const { size } = column;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const from = (order === null ? start + row : order[start + row]) * size;
    copyRecord(memory, column, values, from, buffer + row * size);
  }
}

function copyRecord(
  { f32, i32 }: KernelMemory,
  column: Column,
  values: Float32Array | Uint8Array | Int32Array,
  from: number,
  to: number,
): void {
  const { type, size, scale } = column;
  if (type === 'float32') for (let e = 0; e < size; e++) f32[to + e] = flushed(values[from + e]);
  else if (type === 'int32') for (let e = 0; e < size; e++) i32[to + e] = values[from + e];
  else for (let e = 0; e < size; e++) f32[to + e] = values[from + e] * scale;
}
