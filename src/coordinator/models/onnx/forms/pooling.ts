import type { LayerDescription } from '../../../compiler/lower/description.js';
import { windowsOf } from '../../../compiler/lower/layers/adaptivePooling.js';
import { type LayerForms, single } from '../form.js';
import { type Attributes, elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';
import { axesBetween, windowAttributes } from './convolution.js';

const pooling = (op: string, attributes: Attributes = {}) =>
  single((layer, x, to) => {
    const { poolSize = 2, strides } = layer.config;
    const axes = axesBetween(layer, { window: poolSize, strides: strides ?? poolSize }, x.shape, layer.outputShape);
    const made = to.node(op, [to.channelsFirst(x)], { ...windowAttributes(axes), ...attributes });
    return to.channelsLast(made, layer.outputShape);
  });

const max = pooling('MaxPool');
const average = pooling('AveragePool', { count_include_pad: 0 });

/** Over all pixels or steps, of the value in whichever order of axes there is. */
const globalPooling = (op: string) =>
  single((layer, x, to) => {
    if (x.mask !== undefined && op === 'ReduceMean') return maskedMean(layer, x, x.mask, to);
    const keepdims = layer.config.keepdims === true ? 1 : 0;
    const isTurned = keepdims === 0 && to.isTurned(x);
    const first = isTurned ? 2 : 1;
    const axes = to.ints(Array.from({ length: x.shape.length - 1 }, (_, i) => first + i));
    const source = isTurned ? to.channelsFirst(x) : x.name;
    return { name: to.node(op, [source, axes], { keepdims }), shape: layer.outputShape };
  });

/** The mean over the steps that are there. */
function maskedMean(layer: LayerDescription, x: OnnxValue, mask: string, to: GraphBuilder): OnnxValue {
  const keepdims = layer.config.keepdims === true ? 1 : 0;
  const steps = to.ints([1]);
  const there = to.node('Unsqueeze', [mask, to.ints([2])]);
  const kept = to.node('Where', [there, x.name, to.floats(0)]);
  const sum = to.node('ReduceSum', [kept, steps], { keepdims });
  const count = to.node('ReduceSum', [to.node('Cast', [there], { to: elementTypes.float32 }), steps], { keepdims });
  return { name: to.node('Div', [sum, count]), shape: layer.outputShape };
}

/** The windows of one axis after the other: their elements beside each other, the last one again where a window is shorter. */
const adaptivePooling = (isMax: boolean) =>
  single((layer, x, to) =>
    layer.outputShape.slice(0, -1).reduce((value, count, row) => adaptedAlong(value, row, count, isMax, to), x),
  );

function adaptedAlong({ name, shape }: OnnxValue, row: number, count: number, isMax: boolean, to: GraphBuilder) {
  const windows = windowsOf(shape[row], count);
  const most = windows.reduce((length, { from, to: end }) => Math.max(length, end - from), 0);
  const places = windows.flatMap(({ from, to: end }) =>
    Array.from({ length: most }, (_, i) => Math.min(from + i, end - 1)),
  );
  const axis = row + 1;
  const gathered = to.node('Gather', [name, to.ints(places, [count, most])], { axis });
  const made = isMax ? gathered : to.node('Mul', [gathered, shares(windows, most, shape.length - row - 1, to)]);
  const reduced = to.node(isMax ? 'ReduceMax' : 'ReduceSum', [made, to.ints([axis + 1])], { keepdims: 0 });
  return { name: reduced, shape: shape.with(row, count) };
}

/** What each element of a window adds to its mean, (count, most, 1, …); an element that comes again adds nothing. */
function shares(windows: ReturnType<typeof windowsOf>, most: number, axesBehind: number, to: GraphBuilder): string {
  const numbers = windows.flatMap(({ from, to: end }) =>
    Array.from({ length: most }, (_, i) => (i < end - from ? 1 / (end - from) : 0)),
  );
  return to.floats(numbers, [windows.length, most, ...new Array<number>(axesBehind).fill(1)]);
}

export const poolingForms: LayerForms = {
  MaxPooling1D: max,
  MaxPooling2D: max,
  MaxPooling3D: max,
  AveragePooling1D: average,
  AveragePooling2D: average,
  AveragePooling3D: average,
  GlobalMaxPooling1D: globalPooling('ReduceMax'),
  GlobalMaxPooling2D: globalPooling('ReduceMax'),
  GlobalMaxPooling3D: globalPooling('ReduceMax'),
  GlobalAveragePooling1D: globalPooling('ReduceMean'),
  GlobalAveragePooling2D: globalPooling('ReduceMean'),
  GlobalAveragePooling3D: globalPooling('ReduceMean'),
  AdaptiveMaxPooling1D: adaptivePooling(true),
  AdaptiveMaxPooling2D: adaptivePooling(true),
  AdaptiveMaxPooling3D: adaptivePooling(true),
  AdaptiveAveragePooling1D: adaptivePooling(false),
  AdaptiveAveragePooling2D: adaptivePooling(false),
  AdaptiveAveragePooling3D: adaptivePooling(false),
};
