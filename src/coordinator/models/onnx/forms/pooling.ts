import type { LayerDescription } from '../../../compiler/lower/description.js';
import { requireChannelsLast, windowGeometry } from '../../../compiler/lower/windows.js';
import { type LayerForms, single } from '../form.js';
import { type Attributes, elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';
import { axesOf, windowAttributes } from './convolution.js';

const pooling = (op: string, attributes: Attributes = {}) =>
  single((layer, x, to) => {
    const axes = axesOf(windowGeometry(layer, layer.config.poolSize), x.shape.length);
    const made = to.node(op, [to.channelsFirst(x)], { ...windowAttributes(axes), ...attributes });
    return to.channelsLast(made, layer.outputShape);
  });

const max = pooling('MaxPool');
const average = pooling('AveragePool', { count_include_pad: 0 });

/** Over all pixels or steps, of the value in whichever order of axes there is. */
const globalPooling = (op: string) =>
  single((layer, x, to) => {
    requireChannelsLast(layer);
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

export const poolingForms: LayerForms = {
  MaxPooling1D: max,
  MaxPooling2D: max,
  AveragePooling1D: average,
  AveragePooling2D: average,
  GlobalMaxPooling1D: globalPooling('ReduceMax'),
  GlobalMaxPooling2D: globalPooling('ReduceMax'),
  GlobalAveragePooling1D: globalPooling('ReduceMean'),
  GlobalAveragePooling2D: globalPooling('ReduceMean'),
};
