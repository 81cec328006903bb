import type { LayerDescription } from '../../../../compiler/lower/description.js';
import type { GraphNode, ImageWindows } from '../../../../tracing/graph.js';
import type { GraphBuilder } from '../../graph.js';
import { transposedAttributes, windowAttributes } from '../convolution.js';
import type { Before } from './before.js';

/** The nodes of a traced graph that slide windows over images. */

type Of<Op extends GraphNode['op']> = Extract<GraphNode, { op: Op }>;

/** Flat NHWC rows as images with their channels first. */
function image(name: string, lengths: readonly number[], to: GraphBuilder): string {
  const shaped = to.node('Reshape', [name, to.ints([0, ...lengths])]);
  return to.node('Transpose', [shaped], { perm: [0, 3, 1, 2] });
}

function flatImage(name: string, size: number, to: GraphBuilder): string {
  const last = to.node('Transpose', [name], { perm: [0, 2, 3, 1] });
  return to.node('Reshape', [last, to.ints([0, size])]);
}

/** A convolution, or its gradient by the images: the filters (KH, KW, C, F) stand in one order for both. */
export function convolved(
  layer: LayerDescription,
  node: Of<'convolution' | 'convolutionInput'>,
  { nodes, made }: Before,
  to: GraphBuilder,
): string {
  const { windows, filters } = node;
  const { windowHeight, windowWidth, channels } = windows;
  const kernel = filterOf(layer, nodes[node.w], made[node.w], [windowHeight, windowWidth, channels, filters], to);
  if (node.op === 'convolution') {
    const x = image(made[node.x], inputOf(windows), to);
    return flatImage(to.node('Conv', [x, kernel], windowAttributes(axesOf(windows))), node.size, to);
  }
  const dy = image(made[node.dy], [windows.outHeight, windows.outWidth, filters], to);
  const attributes = transposedAttributes(axesOf(windows));
  return flatImage(to.node('ConvTranspose', [dy, kernel], attributes), node.size, to);
}

/** The filters as (F, C, KH, KW). */
function filterOf(
  layer: LayerDescription,
  node: GraphNode,
  name: string,
  shape: readonly number[],
  to: GraphBuilder,
): string {
  const order = [3, 2, 0, 1];
  if (node.op === 'weight') return to.weight(layer, node.weight, { order });
  return to.node('Transpose', [to.node('Reshape', [name, to.ints(shape)])], { perm: order });
}

/** The windows along both axes. */
function axesOf(windows: ImageWindows): Parameters<typeof windowAttributes>[0] {
  const { height, outHeight, windowHeight, strideHeight, dilationHeight, padTop } = windows;
  const { width, outWidth, windowWidth, strideWidth, dilationWidth, padLeft } = windows;
  return [
    {
      ...{ input: height, output: outHeight, window: windowHeight, stride: strideHeight },
      ...{ dilation: dilationHeight, before: padTop },
    },
    {
      ...{ input: width, output: outWidth, window: windowWidth, stride: strideWidth },
      ...{ dilation: dilationWidth, before: padLeft },
    },
  ];
}

function inputOf({ height, width, channels }: ImageWindows): readonly number[] {
  return [height, width, channels];
}

export function pooled({ windows, isMax, size }: Of<'pool'>, x: string, to: GraphBuilder): string {
  const attributes = windowAttributes(axesOf(windows));
  const source = image(x, inputOf(windows), to);
  const made = isMax
    ? to.node('MaxPool', [source], attributes)
    : to.node('AveragePool', [source], { ...attributes, count_include_pad: 0 });
  return flatImage(made, size, to);
}
