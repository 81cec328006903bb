import { axesOf } from '../../../compiler/lower/axes.js';
import { type LayerDescription, sizeOf } from '../../../compiler/lower/description.js';
import { channelsOf, SMALLEST, statisticsOf } from '../../../compiler/lower/layers/normalization.js';
import { scalingsOf } from '../../../compiler/lower/layers/rescaling.js';
import type { Scaling } from '../../../compiler/lower/scaled.js';
import { type LayerForms, single } from '../form.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';

/** x with its axes (those of a row, from 0) in another order, through a form, and back. */
function inOrder(x: OnnxValue, order: readonly number[], to: GraphBuilder, form: (x: string) => string): OnnxValue {
  if (order.every((axis, i) => axis === i)) return { ...x, name: form(x.name) };
  const turn = (name: string, axes: readonly number[]): string =>
    to.node('Transpose', [name], { perm: [0, ...axes.map((axis) => axis + 1)] });
  const back = order.map((_, axis) => order.indexOf(axis));
  return { ...x, name: turn(form(turn(x.name, order)), back) };
}

/** One number for each channel: a weight, or the same one for all. */
function channelwise(layer: LayerDescription, index: number, length: number, other: number, to: GraphBuilder): string {
  return index < 0 ? to.floats(new Array<number>(length).fill(other), [length]) : to.weight(layer, index);
}

/** The places of gamma and beta among the weights; −1 for one that there is not. */
function affineOf({ config }: LayerDescription): { readonly gamma: number; readonly beta: number } {
  const gamma = config.scale === false ? -1 : 0;
  return { gamma, beta: config.center === false ? -1 : gamma + 1 };
}

const batchNormalization = single((layer, x, to) => {
  const [axis] = axesOf(layer);
  const channels = x.shape[axis];
  const { gamma, beta } = affineOf(layer);
  const moving = layer.weights.length - 2;
  const weights = [
    channelwise(layer, gamma, channels, 1, to),
    channelwise(layer, beta, channels, 0, to),
    to.weight(layer, moving),
    to.weight(layer, moving + 1),
  ];
  const normalize = (name: string): string =>
    to.node('BatchNormalization', [name, ...weights], { epsilon: { float: Number(layer.config.epsilon) } });
  if (axis === x.shape.length - 1 && axis > 0) {
    return { ...x, ...to.channelsLast(normalize(to.channelsFirst(x)), x.shape) };
  }
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return inOrder(x, [axis, ...others], to, normalize);
});

const layerNormalization = single((layer, x, to) => {
  const axes = axesOf(layer);
  const shape = axes.map((axis) => x.shape[axis]);
  const { gamma, beta } = affineOf(layer);
  const scale = gamma < 0 ? to.floats(new Array<number>(sizeOf(shape)).fill(1), shape) : to.weight(layer, 0, { shape });
  const inputs = [scale, ...(beta < 0 ? [] : [to.weight(layer, beta, { shape })])];
  const others = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  return inOrder(x, [...others, ...axes], to, (name) =>
    to.node('LayerNormalization', [name, ...inputs], {
      axis: -axes.length,
      epsilon: { float: Number(layer.config.epsilon) },
    }),
  );
});

const groupNormalization = single((layer, x, to) => {
  const [axis] = axesOf(layer);
  const channels = x.shape[axis];
  const { gamma, beta } = affineOf(layer);
  const weights = [channelwise(layer, gamma, channels, 1, to), channelwise(layer, beta, channels, 0, to)];
  const groups = Number(layer.config.groups ?? 32);
  const normalize = (name: string): string =>
    to.node('GroupNormalization', [name, ...weights], {
      epsilon: { float: Number(layer.config.epsilon ?? 1e-3) },
      num_groups: groups === -1 ? channels : groups,
    });
  if (x.shape.length === 1) {
    const made = normalize(to.node('Unsqueeze', [x.name, to.ints([2])]));
    return { ...x, name: to.node('Squeeze', [made, to.ints([2])]) };
  }
  if (axis === x.shape.length - 1) return { ...x, ...to.channelsLast(normalize(to.channelsFirst(x)), x.shape) };
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return inOrder(x, [axis, ...others], to, normalize);
});

/** scale · x / √(mean(x²) + epsilon). */
const rmsNormalization = single((layer, x, to) => {
  const axes = axesOf(layer);
  const others = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const last = to.ints(axes.map((_, i) => x.shape.length - i));
  return inOrder(x, [...others, ...axes], to, (name) => {
    const mean = to.node('ReduceMean', [to.node('Mul', [name, name]), last], { keepdims: 1 });
    const length = to.node('Sqrt', [to.node('Add', [mean, to.floats(Number(layer.config.epsilon ?? 1e-6))])]);
    return to.node('Mul', [to.node('Div', [name, length]), to.weight(layer, 0)]);
  });
});

/** Keras's least sum of squares, below which a vector is not brought to length 1. */
const LEAST_SQUARES = 1e-12;

/** x over its length along some axes, which count from the batch. */
export function ofLengthOne(x: string, axes: readonly number[], to: GraphBuilder): string {
  const squares = to.node('ReduceSumSquare', [x, to.ints(axes)], { keepdims: 1 });
  const length = to.node('Sqrt', [to.node('Max', [squares, to.floats(LEAST_SQUARES)])]);
  return to.node('Div', [x, length]);
}

/** One factor for all elements, or one for each index of the last axes, whose lengths are `shape`. */
function scaled(x: OnnxValue, scalings: readonly Scaling[], shape: readonly number[], to: GraphBuilder): OnnxValue {
  const own = scalings.length === 1 ? [] : shape;
  const numbersOf = (part: keyof Scaling): string =>
    to.floats(
      scalings.map((scaling) => scaling[part]),
      own,
    );
  const product = scalings.every(({ scale }) => scale === 1) ? x.name : to.node('Mul', [x.name, numbersOf('scale')]);
  const shifted = scalings.every(({ shift }) => shift === 0);
  return { ...x, name: shifted ? product : to.node('Add', [product, numbersOf('shift')]) };
}

/** The last axes of a row that hold so many elements. */
function lastAxes(shape: readonly number[], elements: number): readonly number[] {
  const first = shape.findIndex((_, axis) => sizeOf(shape.slice(axis)) === elements);
  return first < 0 ? [] : shape.slice(first);
}

const normalization = single((layer, x, to) => {
  const channels = channelsOf(layer);
  const shape = lastAxes(x.shape, channels);
  if (layer.weights.length === 0) {
    return statisticsOf(layer, channels).reduce((value, scalings) => scaled(value, scalings, shape, to), x);
  }
  const [mean, variance] = layer.weights.map(({ name }) => name);
  const own = sizeOf(layer.weights[0].shape) === 1 ? [] : shape;
  const deviations = to.derived(`${variance} deviations`, own, () =>
    to.values(variance).map((value) => Math.sqrt(value + SMALLEST ** 2)),
  );
  const centred = to.node('Sub', [x.name, to.derived(mean, own, () => to.values(mean))]);
  return { ...x, name: to.node('Div', [centred, deviations]) };
});

export const normalizationForms: LayerForms = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  Normalization: normalization,

  Rescaling: single((layer, x, to) => scaled(x, scalingsOf(layer), x.shape.slice(-1), to)),

  UnitNormalization: single((layer, x, to) => {
    const axes = axesOf(layer).map((axis) => axis + 1);
    return { ...x, name: ofLengthOne(x.name, axes, to) };
  }),
};
