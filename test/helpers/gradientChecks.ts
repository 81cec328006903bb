import type { Pass } from '../../src/shared/kernels/pass.js';
import { assertClose, centralDifferences } from './finiteDifferences.js';
import { fillParameters, fillUniform, passesFor, type TestArena, testArena } from './kernelMemory.js';

/** Rows and shards of the batch whose middle part is checked. */
export const ROWS = 8;
const SHARDS = 5;

/** The second of three ranks: rows 4…6 of the batch, two uneven shards folded into one published node. */
export function middlePass(slabs: readonly number[]): Pass {
  return passesFor(ROWS, SHARDS, 3, { slabs })[1];
}

export type Arena = TestArena<string, never>;

/** Σ y∘dy over the rows of the pass: the objective whose gradient by y is dy. */
export function weightedSum({ memory, at }: Arena, pass: Pass, y: string, dy: string, size: number): number {
  let sum = 0;
  for (let e = pass.firstRow * size; e < (pass.firstRow + pass.rows) * size; e++) {
    sum += memory.f32[at[y] + e] * memory.f32[at[dy] + e];
  }
  return sum;
}

/** The gradient by the pass's rows of a buffer, as a kernel wrote it, against central differences. */
export function checkRows(
  arena: Arena,
  pass: Pass,
  x: string,
  dx: string,
  size: number,
  objective: () => number,
  h?: number,
) {
  const { f32 } = arena.memory;
  const first = pass.firstRow * size;
  const count = pass.rows * size;
  const written = f32.slice(arena.at[dx] + first, arena.at[dx] + first + count);
  assertClose(written, centralDifferences(f32, arena.at[x] + first, count, objective, h), 1e-3, dx);
}

/** The pass's share of a gradient by a parameter: its published slabs, against central differences. */
export function checkParameter({ memory }: Arena, pass: Pass, offset: number, count: number, objective: () => number) {
  const gradient = Float64Array.from({ length: count }, (_, e) =>
    pass.published.reduce((sum, { slab }) => sum + memory.f32[slab + offset + e], 0),
  );
  const expected = centralDifferences(memory.f32, memory.parameters + offset, count, objective);
  assertClose(gradient, expected, 1e-3, `parameter at ${offset}`);
}

/** Moves values away from zero, where relu has no derivative. */
export function avoidZero({ memory, at, lengths }: Arena, name: string): void {
  for (let e = at[name]; e < at[name] + lengths[name]; e++) memory.f32[e] += Math.sign(memory.f32[e]) * 0.1;
}

/** An arena with all buffers and parameters filled; a kernel that misses an element of dx leaves a wrong value. */
export function filledArena(buffers: Readonly<Record<string, number>>, parameterLength = 0, sumCount = 2): Arena {
  const arena = testArena<string>({ batchRows: ROWS, shards: SHARDS, buffers, parameterLength, sumCount });
  Object.keys(buffers).forEach((name, key) => {
    fillUniform(arena, name, key + 1);
  });
  if (parameterLength > 0) fillParameters(arena, 99);
  return arena;
}
