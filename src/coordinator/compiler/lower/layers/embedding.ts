import { z } from 'zod';
import { initializer, positive } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** A row of weights for each index; with maskZero the steps of index 0 are not there to the layers behind. */
export const embedding: LayerLowering = {
  type: 'Embedding',
  arguments: {
    inputDim: positive,
    outputDim: positive,
    inputLength: positive.optional(),
    maskZero: z.boolean().optional(),
    embeddingsInitializer: initializer,
  },
  mask: 'own',

  initializers: ({ embeddingsInitializer }) => [embeddingsInitializer],

  indexLimit: ({ inputDim }) => inputDim as number,

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const w = to.parameter(layer, 0);
    const size = layer.config.outputDim as number;
    const sizes = { inner: sizeOf(layer.inputShape), vocabulary: layer.config.inputDim as number, size };
    const y = to.buffer(`${layer.name} output`, sizes.inner * size);
    to.emit({ kernel: 'embeddingForward', args: { x: x.buffer, w, y, ...sizes } });
    to.onBackward((dy) => {
      if (layer.trained) to.emitBackward({ kernel: 'embeddingWeightGradient', args: { x: x.buffer, dy, w, ...sizes } });
      return -1;
    });
    const output = { buffer: y, shape: layer.outputShape, trained: layer.trained };
    return layer.config.maskZero === true ? { ...output, mask: emitIndexMask(layer, x, to) } : output;
  },
};

function emitIndexMask({ name, inputShape }: LayerDescription, x: Value, to: Builder): number {
  const size = sizeOf(inputShape);
  const mask = to.buffer(`${name} mask`, size);
  to.emit({ kernel: 'indexMask', args: { x: x.buffer, mask, size } });
  return mask;
}
