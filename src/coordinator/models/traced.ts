import { userError } from '../../shared/errors.js';
import type { ModuleExports } from '../../shared/modules.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';
import type { LayerDescription, ModelDescription, OutputDescription } from '../compiler/lower/description.js';
import { findLowering } from '../compiler/lower/index.js';
import type { LossSpec, MetricSpec, Objective } from '../options/objectives.js';
import { Refusal } from '../tracing/refusal.js';
import { type TensorFunction, trace } from '../tracing/trace.js';
import { type TracedLayer, traceLayer } from '../tracing/traceLayer.js';

/** The model with what its layers do whose classes Lockstep does not know; `layers` are those of the description. */
export function withTracedLayers(model: ModelDescription, layers: readonly TfLayer[]): ModelDescription {
  if (model.layers.every(({ type }) => findLowering(type) !== undefined)) return model;
  const traced = model.layers.map((layer, position) => {
    if (findLowering(layer.type) !== undefined) return layer;
    const first = model.nodes.find((node) => node.layer === position);
    return { ...layer, traced: tracedOf(layer, layers[position], first?.inputShapes ?? []) };
  });
  return { ...model, layers: traced };
}

function tracedOf(
  { name, type }: LayerDescription,
  layer: TfLayer,
  inputShapes: readonly (readonly number[])[],
): TracedLayer {
  try {
    return traceLayer(layer, inputShapes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${name} is a ${type}, which does not lower to kernels, as ${error.message}; let TensorFlow.js compute the model with engine tensorflow or tfjs, and name the module that registers the class in modules.`,
      error,
    );
  }
}

/** The objectives with functions that modules export as graphs, where they can be traced; others TensorFlow.js computes. */
export function withTracedFunctions(
  objectives: readonly Objective[],
  outputs: readonly OutputDescription[],
  exports: ModuleExports,
): Objective[] {
  return objectives.map((objective, i) => {
    const metric = (spec: MetricSpec) => tracedFunction(spec, outputs[i].shape, exports, false);
    return {
      ...objective,
      loss: objective.loss && (tracedFunction(objective.loss, outputs[i].shape, exports, true) as LossSpec),
      metrics: objective.metrics.map(metric),
      weightedMetrics: objective.weightedMetrics.map(metric),
    };
  });
}

function tracedFunction<S extends MetricSpec>(
  spec: S,
  shape: readonly number[],
  exports: ModuleExports,
  isLoss: boolean,
): S | MetricSpec {
  const given = spec.name === 'custom' ? exports[spec.function] : undefined;
  if (spec.name !== 'custom' || typeof given !== 'function') return spec;
  try {
    return { ...spec, name: 'traced', graph: trace(given as TensorFunction, shape, isLoss) };
  } catch (error) {
    if (error instanceof Refusal) return spec;
    throw error;
  }
}
