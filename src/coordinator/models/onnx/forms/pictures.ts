import type { LayerDescription } from '../../../compiler/lower/description.js';
import { type LayerForms, single } from '../form.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';

/** Images in straight lines between pixels, as TensorFlow lays them. */
function bilinear({ name, shape }: OnnxValue, [rows, columns]: readonly number[], to: GraphBuilder): OnnxValue {
  const channels = shape[2];
  const source = to.channelsFirst({ name, shape });
  const batch = to.node('Shape', [source], { start: 0, end: 1 });
  const sizes = to.node('Concat', [batch, to.ints([channels, rows, columns])], { axis: 0 });
  const made = to.node('Resize', [source, '', '', sizes], {
    ...{ mode: 'linear', coordinate_transformation_mode: 'half_pixel', antialias: 0 },
  });
  return to.channelsLast(made, [rows, columns, channels]);
}

/** The pixel under the middle of each new one, along both axes. */
function nearest(x: OnnxValue, sizes: readonly number[], to: GraphBuilder): OnnxValue {
  return sizes.reduce((value, made, row) => {
    const length = value.shape[row];
    const places = Array.from({ length: made }, (_, i) =>
      Math.min(Math.floor(((i + 0.5) * length) / made), length - 1),
    );
    const name = to.node('Gather', [value.name, to.ints(places)], { axis: row + 1 });
    return { name, shape: value.shape.with(row, made) };
  }, x);
}

/** The middle of an image; of one that is too small the largest part of that form, resized. */
function centre({ outputShape }: LayerDescription, x: OnnxValue, to: GraphBuilder): OnnxValue {
  const [[height, width], [rows, columns]] = [x.shape, outputShape];
  if (height >= rows && width >= columns) return middle(x, [rows, columns], to);
  const part = [
    Math.max(1, Math.min(height, Math.floor((width * rows) / columns))),
    Math.max(1, Math.min(width, Math.floor((height * columns) / rows))),
  ];
  return bilinear(middle(x, part, to), [rows, columns], to);
}

function middle({ name, shape }: OnnxValue, sizes: readonly number[], to: GraphBuilder): OnnxValue {
  const starts = sizes.map((size, axis) => Math.floor((shape[axis] - size) / 2));
  const ends = starts.map((start, axis) => start + sizes[axis]);
  const made = to.node('Slice', [name, to.ints(starts), to.ints(ends), to.ints([1, 2])]);
  return { name: made, shape: [...sizes, shape[2]] };
}

/** What training alone changes. */
const same = single((_, x) => x);

export const pictureForms: LayerForms = {
  Resizing: single(({ config, outputShape }, x, to) => {
    const resize = config.interpolation === 'nearest' ? nearest : bilinear;
    return resize(x, outputShape.slice(0, 2), to);
  }),
  CenterCrop: single(centre),
  RandomCrop: single(centre),
  RandomFlip: same,
  RandomBrightness: same,
  RandomContrast: same,
  RandomGrayscale: same,
};
