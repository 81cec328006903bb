import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** Block i of y, `size` elements from yStart + i · yStride on, = block i of x; the rest of y stays as it is. */
export const copyBlocks: Kernel<KernelArguments<'copyBlocks'>> = ({ f32 }, pass, args) => {
  const { x, y, blocks, size, xStride, xStart, yStride, yStart } = args;
  const end = (pass.firstRow + pass.rows) * blocks;
  for (let block = pass.firstRow * blocks; block < end; block++) {
    const from = x + block * xStride + xStart;
    f32.copyWithin(y + block * yStride + yStart, from, from + size);
  }
};
