import { z } from 'zod';
import type { KernelArguments } from '../../../../../shared/kernels/table.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { isAnyTrained, rowAxis } from './shapes.js';

/** The inputs side by side along one axis, by default the last. */
export const concatenate: GraphLowering = {
  type: 'Concatenate',
  mask: 'passes',
  arguments: { axis: z.int().optional() },

  lowerCall(layer: LayerDescription, inputs: readonly Value[], to: Builder): readonly Value[] {
    const { outputShape: shape } = layer;
    const y = to.buffer(`${layer.name} output`, sizeOf(shape));
    const axis = rowAxis(Number(layer.config.axis ?? -1), shape.length);
    const parts = partsOf(inputs, axis);
    inputs.forEach(({ buffer: x }, i) => {
      to.emit({ kernel: 'copyBlocks', args: { x, y, ...parts[i] } });
    });
    to.onCallBackward(([dy]) =>
      inputs.map(({ trained, shape: own }, i) => {
        if (!trained) return -1;
        const dx = to.buffer(`${layer.name} input gradient`, sizeOf(own));
        to.emitBackward({ kernel: 'copyBlocks', args: { x: dy, y: dx, ...reversed(parts[i]) } });
        return dx;
      }),
    );
    return [{ buffer: y, shape, trained: isAnyTrained(inputs) }];
  },
};

type Blocks = Omit<KernelArguments<'copyBlocks'>, 'x' | 'y'>;

/** Where each input stands in the output: a block for each index of the axes before the one that is joined. */
function partsOf(inputs: readonly Value[], axis: number): Blocks[] {
  const sizes = inputs.map(({ shape }) => sizeOf(shape.slice(axis)));
  const blocks = sizeOf(inputs[0].shape.slice(0, axis));
  const yStride = sizes.reduce((sum, size) => sum + size, 0);
  let yStart = 0;
  return sizes.map((size) => {
    const part = { blocks, size, xStride: size, xStart: 0, yStride, yStart };
    yStart += size;
    return part;
  });
}

function reversed({ blocks, size, xStride, xStart, yStride, yStart }: Blocks): Blocks {
  return { blocks, size, xStride: yStride, xStart: yStart, yStride: xStride, yStart: xStart };
}
