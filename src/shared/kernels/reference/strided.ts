import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { ScratchRow } from './scratch.js';

type Arguments = KernelArguments<'stridedCopy'>;

/** One record in float64: what is added up is rounded once. */
const scratch = new ScratchRow();

/** y (length0, …, length4) = x at its offset and strides, for every row. */
export const stridedCopy: Kernel<Arguments> = ({ f32 }, pass, a) => {
  const count = a.length0 * a.length1 * a.length2 * a.length3 * a.length4;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const x = a.x + row * a.size;
    const y = a.y + row * count;
    forEachPlace(a, (place, index) => {
      f32[y + index] = f32[x + place];
    });
  }
};

/** x (size) = the sum of all y (length0, …, length4) that stridedCopy would copy from there, for every row. */
export const stridedSum: Kernel<Arguments> = ({ f32 }, pass, a) => {
  const count = a.length0 * a.length1 * a.length2 * a.length3 * a.length4;
  const sum = scratch.of(a.size);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const y = a.y + row * count;
    sum.fill(0, 0, a.size);
    forEachPlace(a, (place, index) => {
      sum[place] += f32[y + index];
    });
    for (let e = 0; e < a.size; e++) f32[a.x + row * a.size + e] = sum[e];
  }
};

/** Calls visit(place in x, index in y) for every element of y, in order. */
function forEachPlace(a: Arguments, visit: (place: number, index: number) => void): void {
  let index = 0;
  for (let i0 = 0; i0 < a.length0; i0++) {
    for (let i1 = 0; i1 < a.length1; i1++) {
      for (let i2 = 0; i2 < a.length2; i2++) {
        for (let i3 = 0; i3 < a.length3; i3++) {
          const place = a.offset + i0 * a.stride0 + i1 * a.stride1 + i2 * a.stride2 + i3 * a.stride3;
          for (let i4 = 0; i4 < a.length4; i4++) visit(place + i4 * a.stride4, index++);
        }
      }
    }
  }
}
