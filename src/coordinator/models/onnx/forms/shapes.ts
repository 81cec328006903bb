import type { LayerDescription } from '../../../compiler/lower/description.js';
import { type LayerForms, single } from '../form.js';
import type { Attributes } from '../graph.js';
import { reshaped } from './dense.js';

const reshape = single((layer, x, to) => reshaped(x, layer.outputShape, to));

type Sides = readonly [before: number, after: number];

/** What is taken away or added at both ends of each axis: a number for all, or for each a number or a pair. */
function sidesOf({ inputShape }: LayerDescription, given: unknown): readonly Sides[] {
  const axes = inputShape.slice(0, -1);
  const each = (own: unknown): Sides => (typeof own === 'number' ? [own, own] : (own as Sides));
  if (typeof given === 'number') return axes.map(() => each(given));
  const list = given as readonly unknown[];
  // A sequence has one axis, whose pair may stand alone.
  return axes.length === 1 && list.length === 2 ? [given as Sides] : list.map(each);
}

const cropping = single((layer, x, to) => {
  const sides = sidesOf(layer, layer.config.cropping ?? 1);
  const starts = sides.map(([before]) => before);
  const ends = starts.map((start, i) => start + layer.outputShape[i]);
  const axes = sides.map((_, i) => i + 1);
  const name = to.node('Slice', [x.name, to.ints(starts), to.ints(ends), to.ints(axes)]);
  return { name, shape: layer.outputShape };
});

const zeroPadding = single((layer, x, to) => {
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
  Cropping3D: cropping,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
  ZeroPadding3D: zeroPadding,
  UpSampling1D: upSampling,
  UpSampling2D: upSampling,
  UpSampling3D: upSampling,
};
