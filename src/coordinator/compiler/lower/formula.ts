import { type Formula, traceFormula } from '../../tracing/traceFormula.js';
import type { LayerGraph } from '../../tracing/traceLayer.js';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import type { GraphLowering } from './layer.js';
import { type LoweredTracedGraph, lowerTracedGraph } from './tracedGraph.js';

/** A part of a layer that is written as a formula: its name within the layer, and the shape of one row of what it makes. */
export interface FormulaPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly formula: Formula;
  /** The positions of the layer's weights that the formula is given; all by default. */
  readonly weights?: readonly number[];
}

/** Graphs that have been traced, by the layer's arguments: a model is lowered once for training and once for inference. */
const traced = new WeakMap<LayerDescription['config'], Map<string, LayerGraph>>();

/** Lowers a formula of some inputs and of weights of the layer. */
export function lowerFormula(
  layer: LayerDescription,
  { name, shape, formula, weights = layer.weights.map((_, i) => i) }: FormulaPart,
  inputs: readonly Value[],
  to: Builder,
): LoweredTracedGraph {
  const shapes = {
    inputs: inputs.map((x) => x.shape),
    trained: inputs.map(({ trained }) => trained),
    weights: weights.map((index) => layer.weights[index].shape),
  };
  const known = traced.get(layer.config) ?? new Map<string, LayerGraph>();
  traced.set(layer.config, known);
  const key = JSON.stringify([name, shapes]);
  const graph = known.get(key) ?? traceFormula(formula, shapes);
  known.set(key, graph);
  const own = weights.map((index) => ({
    offset: to.parameter(layer, index),
    trainable: layer.weights[index].trainable && to.training,
  }));
  const part = { name: `${layer.name} ${name}`, outputShape: shape, trained: layer.trained && weights.length > 0 };
  return lowerTracedGraph(part, graph, inputs, own, to);
}

/** A layer that is one formula of its inputs and its weights. */
export function formulaLayer(
  facts: Omit<GraphLowering, 'lower' | 'lowerCall'>,
  formulaOf: (layer: LayerDescription, inputs: readonly Value[]) => Formula,
): GraphLowering {
  return {
    ...facts,
    lowerCall(layer, inputs, to) {
      const part = { name: 'formula', shape: layer.outputShape, formula: formulaOf(layer, inputs) };
      const { value, backward } = lowerFormula(layer, part, inputs, to);
      to.onCallBackward(([dy]) => backward(dy));
      return [value];
    },
  };
}

/** Lowers a formula of one input as a link of a chain. */
export function lowerFormulaOf(layer: LayerDescription, part: FormulaPart, x: Value, to: Builder): Value {
  const { value, backward } = lowerFormula(layer, part, [x], to);
  to.onBackward((dy) => (x.trained || layer.trained ? (backward(dy)[0] ?? -1) : -1));
  return value;
}
