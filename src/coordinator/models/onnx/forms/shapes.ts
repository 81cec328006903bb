import type { LayerDescription } from '../../../compiler/lower/description.js';
import { requireChannelsLast } from '../../../compiler/lower/windows.js';
import { type LayerForms, single } from '../form.js';
import type { Attributes } from '../graph.js';
import { reshaped } from './dense.js';

const reshape = single((layer, x, to) => reshaped(x, layer.outputShape, to));

type Sides = readonly (readonly [before: number, after: number])[];

/** Rows and columns, or steps, that are taken away or added. */
function sidesOf({ inputShape }: LayerDescription, given: unknown): Sides {
  const sides = given as Sides | Sides[number];
  return inputShape.length === 2 ? [[sides].flat(2).slice(0, 2) as unknown as Sides[number]] : (sides as Sides);
}

const cropping = single((layer, x, to) => {
  requireChannelsLast(layer);
  const sides = sidesOf(layer, layer.config.cropping);
  const starts = sides.map(([before]) => before);
  const ends = starts.map((start, i) => start + layer.outputShape[i]);
  const axes = sides.map((_, i) => i + 1);
  const name = to.node('Slice', [x.name, to.ints(starts), to.ints(ends), to.ints(axes)]);
  return { name, shape: layer.outputShape };
});

const zeroPadding = single((layer, x, to) => {
  requireChannelsLast(layer);
  const sides = sidesOf(
    layer,
    layer.config.padding ?? [
      [1, 1],
      [1, 1],
    ],
  );
  const pads = [0, ...sides.map(([before]) => before), 0, 0, ...sides.map(([, behind]) => behind), 0];
  return { name: to.node('Pad', [x.name, to.ints(pads)], { mode: 'constant' }), shape: layer.outputShape };
});

/** Nearest takes the pixel on the left, which halves have without rounding; bilinear lays pixels as TensorFlow does. */
const modes: Readonly<Record<string, Attributes>> = {
  nearest: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  bilinear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel', antialias: 0 },
};

const upSampling = single((layer, x, to) => {
  requireChannelsLast(layer);
  const { inputShape, outputShape, config } = layer;
  const factors = inputShape.slice(0, -1).map((length, i) => outputShape[i] / length);
  const scales = to.floats([1, 1, ...factors], [factors.length + 2]);
  const made = to.node('Resize', [to.channelsFirst(x), '', scales], modes[String(config.interpolation ?? 'nearest')]);
  return to.channelsLast(made, outputShape);
});

export const shapeForms: LayerForms = {
  Flatten: reshape,
  Reshape: reshape,

  Permute: single((layer, x, to) => {
    const perm = [0, ...(layer.config.dims as number[])];
    return { name: to.node('Transpose', [x.name], { perm }), shape: layer.outputShape };
  }),

  RepeatVector: single((layer, x, to) => {
    const one = to.node('Unsqueeze', [x.name, to.ints([1])]);
    return { name: to.node('Expand', [one, to.ints([1, layer.outputShape[0], 1])]), shape: layer.outputShape };
  }),

  Cropping1D: cropping,
  Cropping2D: cropping,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
  UpSampling1D: upSampling,
  UpSampling2D: upSampling,
};
