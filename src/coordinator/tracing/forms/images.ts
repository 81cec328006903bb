import { tfc } from '../../../shared/tfjs/tfjs.js';
import type { ImageWindows } from '../graph.js';
import { type Call, type Made, overRows, type Value } from '../values.js';
import type { Forms } from './form.js';

/** Convolutions and pooling over images, NHWC; filters are weights or constants. */

type Shape4 = [number, number, number, number];

/** The windows of a kernel over images of x's shape. */
function windowsOf(call: Call, image: Value, filter: Shape4, isPooling = false): ImageWindows {
  const format = call.attribute('dataFormat', 'NHWC');
  if (image.shape.length !== 4 || image.batch !== 0) throw call.missing('takes what are no images of a batch');
  if (format !== 'NHWC') throw call.missing(`has the format ${format}`);
  const dilations = isPooling ? 1 : call.attribute<number>('dilations', 1);
  const strides = call.attribute<number>('strides');
  const pad = call.attribute<'valid'>('pad');
  const shape = [1, ...image.shape.slice(1)] as Shape4;
  const info = tfc.backend_util.computeConv2DInfo(
    shape,
    filter,
    strides,
    dilations,
    pad,
    call.attribute('dimRoundingMode'),
  );
  return {
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    windowHeight: info.filterHeight,
    windowWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    dilationHeight: info.dilationHeight,
    dilationWidth: info.dilationWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
  };
}

function requireFilter(call: Call, { kind, node }: Value): void {
  if (kind !== 'constant' && !call.isWeight(node))
    throw call.missing('has a filter that is neither a weight nor constant');
}

function convolution(call: Call): Made {
  const [x, filter] = [call.input('x'), call.input('filter')];
  requireFilter(call, filter);
  const windows = windowsOf(call, x, filter.shape as Shape4);
  const size = windows.outHeight * windows.outWidth * filter.shape[3];
  const node = call.add({
    op: 'convolution',
    x: call.nodeOf(x),
    w: call.nodeOf(filter),
    windows,
    filters: filter.shape[3],
    size,
  });
  return call.made(node, [x, filter], 'product');
}

function convolutionOfGradient(call: Call): Made {
  const [dy, filter] = [call.input('dy'), call.input('filter')];
  requireFilter(call, filter);
  const windows = windowsOf(
    call,
    { ...dy, shape: call.output.shape, batch: call.output.batch },
    filter.shape as Shape4,
  );
  const size = windows.height * windows.width * windows.channels;
  const node = call.add({
    op: 'convolutionInput',
    dy: call.nodeOf(dy),
    w: call.nodeOf(filter),
    windows,
    filters: filter.shape[3],
    size,
  });
  return call.made(node, [dy, filter], 'product');
}

/** What a row adds to the gradient of a filter. */
function convolutionFilter(call: Call): Made {
  const [x, dy] = [call.input('x'), call.input('dy')];
  const shape = call.attribute<Shape4>('filterShape');
  const windows = windowsOf(call, x, shape);
  const size = shape.reduce((product, length) => product * length, 1);
  const node = call.add({
    op: 'convolutionFilter',
    x: call.nodeOf(x),
    dy: call.nodeOf(dy),
    windows,
    filters: shape[3],
    size,
  });
  return overRows(call.made(node, [x, dy], 'product'), 1);
}

function poolWindows(call: Call, x: Value): ImageWindows {
  const [height, width] = [call.attribute<number | [number, number]>('filterSize')].flat();
  const channels = x.shape[3];
  return windowsOf(call, x, [height, width ?? height, channels, channels], true);
}

function pool(call: Call, isMax: boolean): Made {
  const x = call.input('x');
  const windows = poolWindows(call, x);
  const size = windows.outHeight * windows.outWidth * windows.channels;
  const node = call.add({ op: 'pool', x: call.nodeOf(x), isMax, windows, size });
  return call.made(node, [x], isMax ? 'any' : 'sum');
}

/** TensorFlow.js 4.22 divides the gradient of a mean at the border by the whole window; this one by what the mean was of. */
function poolGradient(call: Call, isMax: boolean): Made {
  const [dy, x] = [call.input('dy'), call.input('input')];
  const windows = poolWindows(call, x);
  const [image, gradient] = [call.nodeOf(x), call.nodeOf(dy)];
  const y = isMax ? call.nodeOf(call.input('output')) : -1;
  const size = windows.height * windows.width * windows.channels;
  return call.made(call.add({ op: 'poolGradient', x: image, y, dy: gradient, windows, size }), [dy], 'sum');
}

export const imageForms: Forms = {
  Conv2D: convolution,
  Conv2DBackpropInput: convolutionOfGradient,
  Conv2DBackpropFilter: convolutionFilter,
  MaxPool: (call) => pool(call, true),
  AvgPool: (call) => pool(call, false),
  MaxPoolGrad: (call) => poolGradient(call, true),
  AvgPoolGrad: (call) => poolGradient(call, false),
};
