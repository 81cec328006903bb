import { closest } from 'fastest-levenshtein';
import { userError } from '../../shared/errors.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import type { Port, Program, Segments } from '../../shared/program.js';
import type { LossName, MetricName } from '../options.js';
import { Builder, Storage, type Value } from './builder.js';
import { type LayerDescription, type ModelDescription, sizeOf } from './description.js';
import { fuse } from './fuse.js';
import { segmentsOf } from './instructions.js';
import type { LayerLowering } from './layer.js';
import { layerLowerings } from './layers/index.js';
import { lossCall, metricCall, targetOf } from './loss.js';

/** What a model is trained for. */
export interface Objective {
  readonly loss: LossName;
  readonly metrics: readonly MetricName[];
}

/**
 * Lowers a model to a program: pure, plain data in and out. The model is lowered twice, for training and for
 * inference; both share inputs, targets and parameters.
 */
export function lower(model: ModelDescription, objective: Objective): Program {
  const storage = new Storage(model, 1 + objective.metrics.length);
  const outputShape = model.layers[model.layers.length - 1].outputShape;
  const input = port(storage, 'input', model.inputShape, 'float32');
  const { shape, type } = targetOf(objective.loss, outputShape);
  const target = port(storage, 'target', shape, type);
  const training = lowerTraining(model, objective, storage, input, target);
  const { output, prediction, evaluation } = lowerInference(model, objective, storage, input, target);
  return {
    buffers: storage.buffers,
    parameters: storage.parameters,
    parameterLength: storage.parameterLength,
    states: storage.states,
    vectorLength: storage.vectorLength,
    inputs: [input],
    targets: [target],
    outputs: [{ name: 'output', buffer: output.buffer, shape: outputShape, type: 'float32' }],
    sums: ['loss', ...objective.metrics],
    sumCount: storage.sumCount,
    stages: { ...training, evaluation, prediction },
  };
}

/** The lowering of a layer's class, or a clear error that names the nearest one known. */
export function lowerLayerOf(layer: Pick<LayerDescription, 'name' | 'type'>): LayerLowering {
  const found = layerLowerings.get(layer.type);
  if (found === undefined) {
    const known = [...layerLowerings.keys()];
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${layer.name} is a ${layer.type}, which does not lower to kernels; the nearest layer that does is ${closest(layer.type, known)} (known: ${known.join(', ')}).`,
    );
  }
  return found;
}

function lowerTraining(
  model: ModelDescription,
  objective: Objective,
  storage: Storage,
  input: Port,
  target: Port,
): Pick<Program['stages'], 'forward' | 'backward' | 'averages'> {
  const to = new Builder(storage, true);
  const output = lowerLayers(model, input, to);
  const gradient = storage.buffer('loss gradient', sizeOf(output.shape));
  const judged = judge(objective, output, target, gradient);
  if (output.trained) to.propagate(gradient);
  const { forward, backward } = fuse({ forward: [...to.forward, ...judged], backward: to.backward });
  return { forward: segmentsOf(forward), backward: segmentsOf(backward), averages: segmentsOf(to.averages) };
}

function lowerInference(
  model: ModelDescription,
  objective: Objective,
  storage: Storage,
  input: Port,
  target: Port,
): { output: Value; prediction: Segments; evaluation: Segments } {
  const to = new Builder(storage, false);
  const output = lowerLayers(model, input, to);
  const judged = judge(objective, output, target, -1);
  const { forward } = fuse({ forward: [...to.forward, ...judged], backward: [] });
  return { output, prediction: segmentsOf(to.forward), evaluation: segmentsOf(forward) };
}

function lowerLayers(model: ModelDescription, input: Port, to: Builder): Value {
  let value: Value = { buffer: input.buffer, shape: model.inputShape, trained: false };
  for (const layer of model.layers) value = lowerLayerOf(layer).lower(layer, value, to);
  return value;
}

/** The loss into sum 0, then one sum a metric. */
function judge({ loss, metrics }: Objective, output: Value, target: Port, gradient: number): KernelCall[] {
  const judged = { prediction: output.buffer, target: target.buffer, shape: output.shape };
  return [
    lossCall(loss, judged, gradient),
    ...metrics.map((metric, index) => metricCall(metric, loss, judged, index + 1)),
  ];
}

function port(storage: Storage, name: string, shape: readonly number[], type: Port['type']): Port {
  return { name, shape, type, buffer: storage.buffer(name, sizeOf(shape)) };
}
