import { userError } from '../../../../shared/errors.js';
import type { TracedLayer } from '../../../tracing/traceLayer.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { lowerTracedGraph } from '../tracedGraph.js';

/** The lowering of a layer of the caller's that has been traced. */
export function tracedLowering(layer: LayerDescription, traced: TracedLayer): GraphLowering {
  return {
    type: layer.type,
    arguments: {},
    ...(traced.passesMask && { mask: 'passes' }),
    lowerCall: (layer, inputs, to) => [lowerTraced(layer, traced, inputs, to)],
  };
}

function lowerTraced(layer: LayerDescription, traced: TracedLayer, inputs: readonly Value[], to: Builder): Value {
  requireShapes(layer, traced, inputs);
  const graph = to.training ? traced.training : traced.inference;
  // Another call of the layer has others by the time that gradients come back.
  const weights = layer.weights.map((weight, index) => ({ ...weight, offset: to.parameter(layer, index) }));
  const { value, backward } = lowerTracedGraph(layer, graph, inputs, weights, to);
  to.onCallBackward(([dy]) => backward(dy));
  return value;
}

function requireShapes({ name, type }: LayerDescription, traced: TracedLayer, inputs: readonly Value[]): void {
  const own = inputs.map(({ shape }) => shape.join()).join(';');
  if (own === traced.inputShapes.map((shape) => shape.join()).join(';')) return;
  throw userError(
    'UNSUPPORTED_LAYER',
    `Layer ${name} (${type}) is called for inputs of several shapes, but becomes kernels for one; make a layer for each shape.`,
  );
}
