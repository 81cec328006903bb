import { z } from 'zod';
import { dataFormat, word } from '../../arguments.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { LayerLowering } from '../../layer.js';
import { stridedArguments } from '../../strided.js';
import { requireImage } from './sizes.js';

/** While training every other image is turned round: left and right, top and bottom, or both, which one draw decides, as in Keras. */
export const randomFlip: LayerLowering = {
  type: 'RandomFlip',
  arguments: {
    mode: word(['horizontal', 'vertical', 'horizontalAndVertical']),
    seed: z.unknown().optional(),
    dataFormat,
  },

  lower(layer, x, to) {
    requireImage(layer);
    const number = to.nextLayerNumber();
    if (!to.training) return x;
    const chosen = lowerCoin(layer, x, number, to);
    const size = sizeOf(x.shape);
    const y = to.buffer(`${layer.name} output`, size);
    const select = (from: number, flipped: number, into: number) =>
      ({
        kernel: 'select',
        args: { condition: chosen, a: flipped, b: from, y: into, size, aNumber: 0, bNumber: 0 },
      }) as const;
    to.emit(
      select(
        x.buffer,
        flip(layer, x, x.buffer, to, (call) => to.emit(call)),
        y,
      ),
    );
    to.onBackward((dy) => {
      if (!x.trained) return -1;
      to.emitBackward(
        select(
          dy,
          flip(layer, x, dy, to, (call) => to.emitBackward(call)),
          dy,
        ),
      );
      return dy;
    });
    return { ...x, buffer: y };
  },
};

/** 1 at all elements of every other image, 0 at those of the others. */
function lowerCoin({ name }: LayerDescription, { shape }: Value, layer: number, to: Builder): number {
  const size = sizeOf(shape);
  const [coin, all] = [to.buffer(`${name} draw`, 1), to.buffer(`${name} choice`, size)];
  const odds = { outer: 1, draws: 1, inner: 1, rate: 0.5, scale: 1, shift: 0, dropped: 0, layer };
  to.emit({ kernel: 'dropout', args: { x: -1, y: coin, ...odds } });
  const view = stridedArguments({ name }, { size: 1, axes: [{ length: size, stride: 0 }] });
  to.emit({ kernel: 'stridedCopy', args: { x: coin, y: all, ...view } });
  return all;
}

type Emit = (call: Parameters<Builder['emit']>[0]) => void;

/** The image turned round, in a buffer of its own. */
function flip({ name, config }: LayerDescription, { shape }: Value, x: number, to: Builder, emit: Emit): number {
  const [height, width, channels] = shape;
  const mode = String(config.mode ?? 'horizontalAndVertical');
  let from = x;
  if (mode !== 'vertical') {
    const y = to.buffer(`${name} flipped`, sizeOf(shape));
    const args = { x: from, y, steps: width, size: channels };
    to.forEach(height, () => emit({ kernel: 'reverseSteps', args }));
    from = y;
  }
  if (mode !== 'horizontal') {
    const y = to.buffer(`${name} turned`, sizeOf(shape));
    emit({ kernel: 'reverseSteps', args: { x: from, y, steps: height, size: width * channels } });
    from = y;
  }
  return from;
}
