import { z } from 'zod';
import { type AxisMap, lowerAlongAxis } from '../alongAxis.js';
import { dataFormat, positive } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerMaxPooling } from '../pooling.js';

/** From which element to before which one each window reaches: as many windows as there are to be, which may overlap. */
export function windowsOf(length: number, count: number): { readonly from: number; readonly to: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((i * length) / count),
    to: Math.ceil(((i + 1) * length) / count),
  }));
}

/** The windows of one axis after the other. */
function lowerAdaptive(
  layer: LayerDescription,
  x: Value,
  to: Builder,
  lowerAxis: (layer: LayerDescription, x: Value, axis: number, count: number, to: Builder) => Value,
): Value {
  return layer.outputShape.slice(0, -1).reduce((value, count, axis) => lowerAxis(layer, value, axis, count, to), x);
}

function lowerMeans({ name }: LayerDescription, x: Value, axis: number, count: number, to: Builder): Value {
  const length = x.shape[axis];
  const map: AxisMap = windowsOf(length, count).map(({ from, to }) =>
    Array.from({ length }, (_, i) => (i >= from && i < to ? 1 / (to - from) : 0)),
  );
  return lowerAlongAxis(`${name} axis ${axis}`, x, axis, map, to);
}

/** Windows are of one size, or of two that differ by one: all windows of each size, of which those that are wanted are taken. */
function lowerLargest(layer: LayerDescription, x: Value, axis: number, count: number, to: Builder): Value {
  const length = x.shape[axis];
  const windows = windowsOf(length, count);
  const name = `${layer.name} axis ${axis}`;
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const sizes = [...new Set(windows.map(({ from, to }) => to - from))];
  const parts = sizes.map((size) => {
    const made = length - size + 1;
    const image = {
      ...layer,
      name: `${name} by ${size}`,
      inputShape: [length, 1, inner],
      outputShape: [made, 1, inner],
    };
    const geometry = {
      ...{ height: length, width: 1, channels: inner, windowHeight: size, windowWidth: 1, strideHeight: 1 },
      ...{ strideWidth: 1, dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 0, outHeight: made, outWidth: 1 },
    };
    return to.forEach(outer, () =>
      to.part(() => {
        const pooled = lowerMaxPooling(image, { ...x, shape: image.inputShape }, geometry, to, 0);
        return taken(
          `${name} taken`,
          pooled,
          windows.map(({ from, to }) => (to - from === size ? from : -1)),
          to,
        );
      }),
    );
  });
  const shape = x.shape.with(axis, count);
  const sum = (a: number, b: number, y: number, each: number) =>
    ({ kernel: 'combine', args: { a, b, y, size: each, alpha: 1, beta: 1 } }) as const;
  const [first, second] = parts;
  if (second === undefined) {
    to.onBackward((dy) => to.forEach(outer, () => first.backward(dy)));
    return { ...first.value, shape };
  }
  const y = to.buffer(`${name} output`, sizeOf(shape));
  to.emit(sum(first.value.buffer, second.value.buffer, y, sizeOf(shape)));
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const [a, b] = parts.map(({ backward }) => to.forEach(outer, () => backward(dy)));
    to.emitBackward(sum(a, b, a, sizeOf(x.shape)));
    return a;
  });
  return { buffer: y, shape, trained: x.trained };
}

/** Element `from` of the first axis for each place, 0 where it is −1. */
function taken(name: string, x: Value, places: readonly number[], to: Builder): Value {
  const [length] = x.shape;
  const map = places.map((place) => Array.from({ length }, (_, i) => (i === place ? 1 : 0)));
  return lowerAlongAxis(name, x, 0, map, to);
}

const adaptivePooling = (axes: number) => {
  const sizes = z.union([positive, z.array(positive).length(1), z.array(positive).length(axes)]);
  const shared = { arguments: { outputSize: sizes, dataFormat } };
  return [
    {
      ...shared,
      type: `AdaptiveAveragePooling${axes}D`,
      lower: (layer, x, to) => lowerAdaptive(layer, x, to, lowerMeans),
    },
    {
      ...shared,
      type: `AdaptiveMaxPooling${axes}D`,
      lower: (layer, x, to) => lowerAdaptive(layer, x, to, lowerLargest),
    },
  ] satisfies LayerLowering[];
};

export const adaptivePoolings: readonly LayerLowering[] = [1, 2, 3].flatMap(adaptivePooling);
