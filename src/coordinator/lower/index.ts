import { userError } from '../../shared/errors.js';
import type { Port, Program, Segments } from '../../shared/program.js';
import { Builder, Storage, type Value } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { fuse } from './fuse.js';
import { lowerGraph } from './graph.js';
import { segmentsOf } from './instructions.js';
import { type JudgementPlan, type Judging, judge, type Objective, planJudgement } from './judge.js';
import { findLowering } from './layers/find.js';
import { targetOf, weightShape } from './loss.js';

export type { Objective } from './judge.js';
export { findLowering, lowerLayerOf } from './layers/find.js';

/**
 * Lowers a model to a program: pure, plain data in and out. The model is lowered twice, for training and for
 * inference; both share inputs, targets and parameters.
 */
export function lower(model: ModelDescription, objective: Objective): Program {
  if (model.outputs.length > 1) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `Model ${model.name} has ${model.outputs.length} outputs; give a model with one.`,
    );
  }
  const outputShape = model.outputs[0].shape;
  const plan = planJudgement(objective, outputShape);
  const storage = new Storage(model, plan.sums);
  const { shape, type } = targetOf(objective.loss.name, outputShape);
  const ports = {
    inputs: model.inputs.map((_, number) => inputPort(storage, model, number)),
    target: port(storage, 'target', shape, type),
    weight: port(storage, 'weight', weightShape(outputShape), 'float32'),
  };
  const training = lowerTraining(model, plan, storage, ports);
  const { output, ...inference } = lowerInference(model, plan, storage, ports);
  return {
    buffers: storage.buffers,
    parameters: storage.parameters,
    parameterLength: storage.parameterLength,
    copies: storage.copies,
    slabLength: storage.slabLength,
    states: storage.states,
    vectorLength: storage.vectorLength,
    inputs: ports.inputs,
    targets: [ports.target],
    weights: [ports.weight],
    outputs: [{ name: 'output', buffer: output.buffer, shape: outputShape, type: 'float32' }],
    measures: plan.measures,
    totalCount: plan.sums + 1,
    sumCount: storage.sumCount,
    stages: { ...training, ...inference },
  };
}

/** What enters a program. */
export interface Ports {
  readonly inputs: readonly Port[];
  readonly target: Port;
  readonly weight: Port;
}

function lowerTraining(
  model: ModelDescription,
  plan: JudgementPlan,
  storage: Storage,
  ports: Ports,
): Pick<Program['stages'], 'forward' | 'weightedForward' | 'backward' | 'averages'> {
  const to = new Builder(storage, true);
  const graph = lowerGraph(model, ports.inputs.map(entering), to);
  const [{ value }] = model.outputs;
  const output = graph.values[value];
  const gradient = storage.buffer('loss gradient', sizeOf(output.shape));
  const judgement = judge(plan, judging(output, ports, gradient, storage));
  for (const call of judgement.backward) to.emitBackward(call);
  graph.propagate([[value, gradient]]);
  const fused = (weight: number) =>
    fuse({ forward: [...to.forward, ...judgement.forward(weight)], backward: to.backward });
  const { forward, backward } = fused(-1);
  return {
    forward: segmentsOf(forward),
    weightedForward: segmentsOf(fused(ports.weight.buffer).forward),
    backward: segmentsOf(backward),
    averages: segmentsOf(to.averages),
  };
}

function lowerInference(
  model: ModelDescription,
  plan: JudgementPlan,
  storage: Storage,
  ports: Ports,
): { output: Value; prediction: Segments; evaluation: Segments; weightedEvaluation: Segments } {
  const to = new Builder(storage, false);
  const output = lowerGraph(model, ports.inputs.map(entering), to).values[model.outputs[0].value];
  const judgement = judge(plan, judging(output, ports, -1, storage));
  const fused = (weight: number) => fuse({ forward: [...to.forward, ...judgement.forward(weight)], backward: [] });
  return {
    output,
    prediction: segmentsOf(to.forward),
    evaluation: segmentsOf(fused(-1).forward),
    weightedEvaluation: segmentsOf(fused(ports.weight.buffer).forward),
  };
}

export function judging(output: Value, { target }: Ports, gradient: number, storage: Storage): Judging {
  return {
    prediction: output.buffer,
    target: target.buffer,
    gradient,
    mask: output.mask ?? -1,
    buffer: (name, size) => storage.buffer(name, size),
  };
}

export function port(storage: Storage, name: string, shape: readonly number[], type: Port['type']): Port {
  return { name, shape, type, buffer: storage.buffer(name, sizeOf(shape)) };
}

/** Indices where a layer that reads the input takes them. */
export function inputPort(storage: Storage, model: ModelDescription, number: number): Port {
  const { name, shape } = model.inputs[number];
  const limits = model.nodes
    .filter(({ inputs }) => inputs.includes(number))
    .map(({ layer }) => model.layers[layer])
    .flatMap((layer) => findLowering(layer.type)?.indexLimit?.(layer.config) ?? []);
  if (limits.length === 0) return port(storage, name, shape, 'float32');
  return { ...port(storage, name, shape, 'int32'), limit: Math.min(...limits) };
}

function entering({ buffer, shape, type }: Port): Value {
  return { buffer, shape, trained: false, ...(type === 'int32' && { type }) };
}
