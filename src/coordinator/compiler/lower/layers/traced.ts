import { userError } from '../../../../shared/errors.js';
import type { LayerGraph, TracedLayer } from '../../../tracing/traceLayer.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { TracedCalls } from '../traced.js';

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
  const weights = layer.weights.map((_, index) => to.parameter(layer, index));
  const named = inputs.map(({ buffer }, i) => [`input${i}`, buffer] as const);
  const calls = new TracedCalls(graph.nodes, {
    arguments: new Map(named),
    buffer: (size) => to.buffer(`${layer.name} values`, size),
    constant: (values) => to.constant(values),
    weight: (index) => weights[index],
    draw: () => to.nextLayerNumber(),
  });
  // An input itself may have other readers, and is no output of the layer's own.
  const output = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  calls.computeInto(graph.value, output);
  for (const call of calls.take()) to.emit(call);
  to.onCallBackward(([dy]) => {
    calls.give('outputGradient', dy);
    emitWeightGradients(layer, graph, calls, weights);
    const gradients = inputs.map(({ trained }, i) => {
      const node = graph.inputGradients[i];
      return trained && node >= 0 ? calls.compute(node) : -1;
    });
    for (const call of calls.take()) to.emitBackward(call);
    return gradients;
  });
  return { buffer: output, shape: layer.outputShape, trained: layer.trained || inputs.some(({ trained }) => trained) };
}

/** What the rows add to the gradient of each weight is folded shard by shard; `weights` are their offsets. */
function emitWeightGradients(
  layer: LayerDescription,
  graph: LayerGraph,
  calls: TracedCalls,
  weights: readonly number[],
): void {
  layer.weights.forEach(({ trainable }, index) => {
    const node = graph.weightGradients[index];
    if (trainable && node >= 0) calls.sumInto(node, weights[index]);
  });
}

function requireShapes({ name, type }: LayerDescription, traced: TracedLayer, inputs: readonly Value[]): void {
  const own = inputs.map(({ shape }) => shape.join()).join(';');
  if (own === traced.inputShapes.map((shape) => shape.join()).join(';')) return;
  throw userError(
    'UNSUPPORTED_LAYER',
    `Layer ${name} (${type}) is called for inputs of several shapes, but becomes kernels for one; make a layer for each shape.`,
  );
}
