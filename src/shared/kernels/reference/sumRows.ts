import type { KernelMemory, Pass } from '../pass.js';

/**
 * Visits every row of the pass once, in order, and sets sum number `sum` of each shard to the float64 sum of
 * `rowValue(row)` over the shard's rows.
 */
export function sumRows(memory: KernelMemory, pass: Pass, sum: number, rowValue: (row: number) => number): void {
  const { shardRows } = pass;
  for (let own = 0; own + 1 < shardRows.length; own++) {
    let total = 0;
    for (let row = shardRows[own]; row < shardRows[own + 1]; row++) total += rowValue(row);
    memory.f64[memory.sums + (pass.firstShard + own) * memory.sumCount + sum] = total;
  }
}

/** Element `j` of a group's target: one-hot from an int32 class where targets are sparse, else the float32 itself. */
export function targetElement(
  memory: KernelMemory,
  target: number,
  sparse: number,
  group: number,
  size: number,
  j: number,
): number {
  if (sparse) return memory.i32[target + group] === j ? 1 : 0;
  return memory.f32[target + group * size + j];
}
