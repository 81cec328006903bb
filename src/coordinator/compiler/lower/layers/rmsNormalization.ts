import { z } from 'zod';
import { tfc } from '../../../../shared/tfjs/tfjs.js';
import { lowerOverAxes } from '../axes.js';
import { lowerFormulaOf } from '../formula.js';
import type { LayerLowering } from '../layer.js';

/** y = scale · x / √(mean(x²) + epsilon) over some axes of a row: Zhang and Sennrich, "Root mean square layer normalization", 2019. */
export const rmsNormalization: LayerLowering = {
  type: 'RMSNormalization',
  mask: 'passes',
  arguments: {
    axis: z.union([z.int(), z.array(z.int()).min(1)]).optional(),
    epsilon: z.number().positive().optional(),
  },
  initializers: () => ['ones'],

  lower: (layer, x, to) =>
    lowerOverAxes(layer, x, to, (ordered, axes) => {
      const last = Array.from({ length: axes }, (_, i) => ordered.shape.length - i);
      const epsilon = Number(layer.config.epsilon ?? 1e-6);
      const part = { name: 'formula', shape: ordered.shape };
      return lowerFormulaOf(
        layer,
        {
          ...part,
          formula: ([given], [scale]) => {
            const factor = tfc.rsqrt(tfc.add(tfc.mean(tfc.square(given), last, true), epsilon));
            return tfc.mul(tfc.mul(given, factor), scale);
          },
        },
        ordered,
        to,
      );
    }),
};
