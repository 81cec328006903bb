import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';

/** y = x · scale + shift. */
export interface Scaling {
  readonly scale: number;
  readonly shift: number;
}

/** Emits one scaling of all elements, or one for each channel: the last axis. */
export function lowerScaled(layer: LayerDescription, x: Value, scalings: readonly Scaling[], to: Builder): Value {
  const y = to.buffer(`${layer.name} scaled`, sizeOf(x.shape));
  for (const call of callsOf(layer, x, { from: x.buffer, into: y, scalings }, to)) to.emit(call);
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} scaled input gradient`, sizeOf(x.shape));
    const slopes = scalings.map(({ scale }) => ({ scale, shift: 0 }));
    for (const call of callsOf(layer, x, { from: dy, into: dx, scalings: slopes }, to)) to.emitBackward(call);
    return dx;
  });
  return { ...x, buffer: y };
}

interface Scaled {
  readonly from: number;
  readonly into: number;
  readonly scalings: readonly Scaling[];
}

/** Each channel is taken out, scaled and put back. */
function callsOf({ name }: LayerDescription, { shape }: Value, { from, into, scalings }: Scaled, to: Builder) {
  const size = sizeOf(shape);
  if (scalings.length === 1) return [scaleCall(from, into, size, scalings[0])];
  const channels = scalings.length;
  const blocks = size / channels;
  const channel = to.buffer(`${name} channel`, blocks);
  return scalings.flatMap((scaling, xStart) => {
    const out = { xStride: channels, xStart, yStride: 1, yStart: 0 };
    const back = { xStride: 1, xStart: 0, yStride: channels, yStart: xStart };
    return [
      { kernel: 'copyBlocks', args: { x: from, y: channel, blocks, size: 1, ...out } } as const,
      scaleCall(channel, channel, blocks, scaling),
      { kernel: 'copyBlocks', args: { x: channel, y: into, blocks, size: 1, ...back } } as const,
    ];
  });
}

/** Of a draw that all elements of a row share, at rate 0, nothing is dropped. */
function scaleCall(x: number, y: number, size: number, { scale, shift }: Scaling) {
  const nothing = { outer: 1, draws: 1, inner: size, rate: 0, dropped: 0, layer: 0 };
  return { kernel: 'dropout', args: { x, y, scale, shift, ...nothing } } as const;
}
