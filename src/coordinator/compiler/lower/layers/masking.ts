import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** Steps all of whose values are `maskValue` are not there to the layers behind, and become zeros. */
export const masking: LayerLowering = {
  type: 'Masking',
  arguments: { maskValue: z.number().optional() },
  mask: 'own',

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    if (x.shape.length !== 2) {
      throw userError(
        'UNSUPPORTED_SHAPE',
        `Layer ${layer.name} masks rows of shape [${x.shape.join(', ')}]; give it sequences, [steps, features].`,
      );
    }
    const [steps, size] = x.shape;
    const value = (layer.config.maskValue as number | undefined) ?? 0;
    const [mask, y] = [to.buffer(`${layer.name} mask`, steps), to.buffer(`${layer.name} output`, steps * size)];
    to.emit({ kernel: 'stepMask', args: { x: x.buffer, mask, steps, size, value } });
    to.emit({ kernel: 'maskSteps', args: { x: x.buffer, mask, y, steps, size } });
    to.onBackward((dy) => {
      if (x.trained) to.emitBackward({ kernel: 'maskSteps', args: { x: dy, mask, y: dy, steps, size } });
      return dy;
    });
    return { ...x, buffer: y, mask };
  },
};
