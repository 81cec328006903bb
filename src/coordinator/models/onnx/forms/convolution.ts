import type { LayerDescription } from '../../../compiler/lower/description.js';
import { paddings } from '../../../compiler/lower/windows.js';
import { type LayerForms, single } from '../form.js';
import type { Attributes, GraphBuilder, OnnxValue } from '../graph.js';
import { activated } from './activations.js';

/** How windows lie along one axis. */
interface Along {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** The windows along each spatial axis that lead from one shape to another: `window` and `strides` are as a layer has them. */
export function axesBetween(
  { config }: LayerDescription,
  { window, strides }: { readonly window: unknown; readonly strides: unknown },
  input: readonly number[],
  output: readonly number[],
): Along[] {
  const of = (given: unknown, axis: number): number => {
    const list = [given].flat() as number[];
    return list[axis] ?? list[0];
  };
  const { before } = paddings[String(config.padding ?? 'valid')];
  return input.slice(0, -1).map((length, axis) => {
    const own = {
      window: of(window, axis),
      stride: of(strides ?? 1, axis),
      dilation: of(config.dilationRate ?? 1, axis),
    };
    const reach = (own.window - 1) * own.dilation + 1;
    return { ...own, input: length, output: output[axis], before: before(length, output[axis], reach, own.stride) };
  });
}

/** Those of a convolution: of a transposed one, of the convolution that it turns round. */
function convolutionAxes(layer: LayerDescription, isTransposed = false): Along[] {
  const { inputShape, outputShape, config } = layer;
  const windows = { window: config.kernelSize, strides: config.strides };
  return isTransposed
    ? axesBetween(layer, windows, outputShape, inputShape)
    : axesBetween(layer, windows, inputShape, outputShape);
}

/** Padding behind the input: what the last window reaches over it. */
function after({ input, output, window, stride, dilation, before }: Along): number {
  return Math.max((output - 1) * stride + (window - 1) * dilation + 1 - input - before, 0);
}

/** The attributes of Conv and of pools, padding written out: `auto_pad` lays strided and dilated windows otherwise. */
export function windowAttributes(axes: readonly Along[]): Attributes {
  return {
    kernel_shape: axes.map(({ window }) => window),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ before }) => before), ...axes.map(after)],
  };
}

/** The spatial axes of a kernel, which stand first in Keras. */
const spatial = (rank: number): number[] => Array.from({ length: rank - 1 }, (_, axis) => axis);

/** The layer's own bias, as the input of a node that may lack it. */
function biasOf(layer: LayerDescription, index: number, to: GraphBuilder): string[] {
  return layer.config.useBias === false ? [] : [to.weight(layer, index)];
}

/** What a node with channels first makes, as the layer's output, activated. */
function output(layer: LayerDescription, name: string, to: GraphBuilder): OnnxValue {
  return activated(layer, to.channelsLast(name, layer.outputShape), to);
}

const convolution = single((layer, x, to) => {
  const rank = x.shape.length;
  const attributes = windowAttributes(convolutionAxes(layer));
  const w = to.weight(layer, 0, { order: [rank, rank - 1, ...spatial(rank)] });
  const inputs = [to.channelsFirst(x), w, ...biasOf(layer, 1, to)];
  return output(layer, to.node('Conv', inputs, { ...attributes, group: Number(layer.config.groups ?? 1) }), to);
});

/** Each channel by itself: the kernel (…, C, M) becomes one of C·M filters in C groups. */
function depthwise(layer: LayerDescription, x: OnnxValue, bias: readonly string[], to: GraphBuilder): string {
  const rank = x.shape.length;
  const axes = convolutionAxes(layer);
  const [channels, multiplier] = layer.weights[0].shape.slice(-2);
  const w = to.weight(layer, 0, {
    order: [rank - 1, rank, ...spatial(rank)],
    shape: [channels * multiplier, 1, ...axes.map(({ window }) => window)],
  });
  return to.node('Conv', [to.channelsFirst(x), w, ...bias], { ...windowAttributes(axes), group: channels });
}

const depthwiseConvolution = single((layer, x, to) => output(layer, depthwise(layer, x, biasOf(layer, 1, to), to), to));

const separableConvolution = single((layer, x, to) => {
  const rank = x.shape.length;
  const filtered = depthwise(layer, x, [], to);
  const pointwise = to.weight(layer, 1, { order: [rank, rank - 1, ...spatial(rank)] });
  return output(layer, to.node('Conv', [filtered, pointwise, ...biasOf(layer, 2, to)]), to);
});

/**
 * The attributes of ConvTranspose; `axes` are those of the convolution that it turns round. Its padding is what its full
 * output has too much; where that is too little, zeros follow.
 */
export function transposedAttributes(axes: readonly Along[]): Attributes {
  const spare = axes.map(
    ({ input, output, window, stride, dilation }) => (output - 1) * stride + (window - 1) * dilation + 1 - input,
  );
  return {
    kernel_shape: axes.map(({ window }) => window),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [
      ...spare.map((length) => Math.floor(Math.max(length, 0) / 2)),
      ...spare.map((length) => Math.ceil(Math.max(length, 0) / 2)),
    ],
    output_padding: spare.map((length) => Math.max(-length, 0)),
  };
}

const transposedConvolution = single((layer, x, to) => {
  const rank = x.shape.length;
  const attributes = transposedAttributes(convolutionAxes(layer, true));
  const w = to.weight(layer, 0, { order: [rank, rank - 1, ...spatial(rank)] });
  const inputs = [to.channelsFirst(x), w, ...biasOf(layer, 1, to)];
  return output(layer, to.node('ConvTranspose', inputs, attributes), to);
});

export const convolutionForms: LayerForms = {
  Conv1D: convolution,
  Conv2D: convolution,
  Conv3D: convolution,
  Conv1DTranspose: transposedConvolution,
  Conv2DTranspose: transposedConvolution,
  Conv3DTranspose: transposedConvolution,
  DepthwiseConv1D: depthwiseConvolution,
  DepthwiseConv2D: depthwiseConvolution,
  SeparableConv1D: separableConvolution,
  SeparableConv2D: separableConvolution,
};
