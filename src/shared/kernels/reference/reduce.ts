import type { KernelMemory } from '../pass.js';

/** For each pair (a, b) of `adds`, in order: slab a += slab b over elements [from, to), in float32; whether all are finite. */
export function reduce({ f32 }: KernelMemory, adds: Int32Array, from: number, to: number): boolean {
  let areFinite = true;
  for (let pair = 0; pair < adds.length; pair += 2) {
    const a = adds[pair];
    const b = adds[pair + 1];
    for (let e = from; e < to; e++) {
      f32[a + e] += f32[b + e];
      areFinite &&= Number.isFinite(f32[a + e]);
    }
  }
  return areFinite;
}
