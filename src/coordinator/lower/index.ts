import { userError } from '../../shared/errors.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import type { Port, Program, Segments } from '../../shared/program.js';
import type { LossName, MetricName } from '../options.js';
import { Builder, Storage, type Value } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { fuse } from './fuse.js';
import { lowerGraph } from './graph.js';
import { segmentsOf } from './instructions.js';
import { lossCall, metricCall, targetOf } from './loss.js';

export { lowerLayerOf } from './layers/find.js';

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
  if (model.outputs.length > 1) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `Model ${model.name} has ${model.outputs.length} outputs; give a model with one.`,
    );
  }
  const outputShape = model.outputs[0].shape;
  const inputs = model.inputs.map(({ name, shape }) => port(storage, name, shape, 'float32'));
  const { shape, type } = targetOf(objective.loss, outputShape);
  const target = port(storage, 'target', shape, type);
  const training = lowerTraining(model, objective, storage, inputs, target);
  const { output, prediction, evaluation } = lowerInference(model, objective, storage, inputs, target);
  return {
    buffers: storage.buffers,
    parameters: storage.parameters,
    parameterLength: storage.parameterLength,
    copies: storage.copies,
    slabLength: storage.slabLength,
    states: storage.states,
    vectorLength: storage.vectorLength,
    inputs,
    targets: [target],
    outputs: [{ name: 'output', buffer: output.buffer, shape: outputShape, type: 'float32' }],
    sums: ['loss', ...objective.metrics],
    sumCount: storage.sumCount,
    stages: { ...training, evaluation, prediction },
  };
}

function lowerTraining(
  model: ModelDescription,
  objective: Objective,
  storage: Storage,
  inputs: readonly Port[],
  target: Port,
): Pick<Program['stages'], 'forward' | 'backward' | 'averages'> {
  const to = new Builder(storage, true);
  const graph = lowerGraph(model, inputs.map(entering), to);
  const [{ value }] = model.outputs;
  const output = graph.values[value];
  const gradient = storage.buffer('loss gradient', sizeOf(output.shape));
  const judged = judge(objective, output, target, gradient);
  graph.propagate([[value, gradient]]);
  const { forward, backward } = fuse({ forward: [...to.forward, ...judged], backward: to.backward });
  return { forward: segmentsOf(forward), backward: segmentsOf(backward), averages: segmentsOf(to.averages) };
}

function lowerInference(
  model: ModelDescription,
  objective: Objective,
  storage: Storage,
  inputs: readonly Port[],
  target: Port,
): { output: Value; prediction: Segments; evaluation: Segments } {
  const to = new Builder(storage, false);
  const output = lowerGraph(model, inputs.map(entering), to).values[model.outputs[0].value];
  const judged = judge(objective, output, target, -1);
  const { forward } = fuse({ forward: [...to.forward, ...judged], backward: [] });
  return { output, prediction: segmentsOf(to.forward), evaluation: segmentsOf(forward) };
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

function entering({ buffer, shape }: Port): Value {
  return { buffer, shape, trained: false };
}
