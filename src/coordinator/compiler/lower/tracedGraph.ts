import type { LayerGraph } from '../../tracing/traceLayer.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import { TracedCalls } from './traced.js';

/** A weight that a graph reads, and whether its gradient is wanted. */
export interface GraphWeight {
  readonly offset: number;
  readonly trainable: boolean;
}

/** A graph that is lowered: its value, and how gradients pass to its inputs, −1 for one that has none. */
export interface LoweredTracedGraph {
  readonly value: Value;
  backward(dy: number): readonly number[];
}

/** Emits what a traced layer or formula computes; the value has the shape of the layer's output. */
export function lowerTracedGraph(
  layer: Pick<LayerDescription, 'name' | 'outputShape' | 'trained'>,
  graph: LayerGraph,
  inputs: readonly Value[],
  weights: readonly GraphWeight[],
  to: Builder,
): LoweredTracedGraph {
  const named = inputs.map(({ buffer }, i) => [`input${i}`, buffer] as const);
  const calls = new TracedCalls(graph.nodes, {
    arguments: new Map(named),
    buffer: (size) => to.buffer(`${layer.name} values`, size),
    constant: (values) => to.constant(values),
    weight: (index) => weights[index].offset,
    draw: () => to.nextLayerNumber(),
  });
  // An input itself may have other readers, and is no output of the layer's own.
  const output = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  calls.computeInto(graph.value, output);
  for (const call of calls.take()) to.emit(call);
  const backward = (dy: number): readonly number[] => {
    calls.give('outputGradient', dy);
    // What the rows add to the gradient of each weight is folded shard by shard.
    weights.forEach(({ trainable, offset }, index) => {
      const node = graph.weightGradients[index];
      if (trainable && node >= 0) calls.sumInto(node, offset);
    });
    const gradients = inputs.map(({ trained }, i) => {
      const node = graph.inputGradients[i];
      return trained && node >= 0 ? calls.compute(node) : -1;
    });
    for (const call of calls.take()) to.emitBackward(call);
    return gradients;
  };
  const trained = layer.trained || inputs.some((input) => input.trained);
  return { value: { buffer: output, shape: layer.outputShape, trained }, backward };
}
