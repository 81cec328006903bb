import type { Port, Program, Segments } from '../../shared/program.js';
import { Builder, Storage, type Value } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { fuse } from './fuse.js';
import { lowerGraph } from './graph.js';
import { type Instruction, segmentsOf } from './instructions.js';
import { type Judgement, type JudgementPlan, type Judging, judge, type Objective, planJudgements } from './judge.js';
import { findLowering } from './layers/find.js';
import { targetOf, weightShape } from './loss.js';

export type { Objective } from './judge.js';
export { findLowering, lowerLayerOf } from './layers/find.js';

/**
 * Lowers a model to a program: pure, plain data in and out. The model is lowered twice, for training and for
 * inference; both share inputs, targets and parameters.
 */
export function lower(model: ModelDescription, objectives: readonly Objective[]): Program {
  const { plans, measures, sums } = planJudgements(objectives, model.outputs);
  const storage = new Storage(model, sums);
  const ports = {
    inputs: model.inputs.map((_, number) => inputPort(storage, model, number)),
    ...judgedPorts(storage, model, objectives),
  };
  const training = lowerTraining(model, plans, storage, ports);
  const { outputs, ...inference } = lowerInference(model, plans, storage, ports);
  return {
    buffers: storage.buffers,
    parameters: storage.parameters,
    parameterLength: storage.parameterLength,
    copies: storage.copies,
    slabLength: storage.slabLength,
    states: storage.states,
    vectorLength: storage.vectorLength,
    ...ports,
    outputs: outputs.map(({ buffer }, i) => {
      return { name: model.outputs[i].name, buffer, shape: model.outputs[i].shape, type: 'float32' };
    }),
    measures,
    lossSums: plans.map(({ first }) => first),
    totalCount: sums + 1,
    sumCount: storage.sumCount,
    stages: { ...training, ...inference },
  };
}

/** The target and the weights of each output. */
export function judgedPorts(
  storage: Storage,
  { outputs }: ModelDescription,
  objectives: readonly Objective[],
): Pick<Program, 'targets' | 'weights'> {
  return {
    targets: outputs.map(({ name, shape }, i) => {
      const target = targetOf(objectives[i].loss.name, shape);
      return port(storage, outputs.length > 1 ? name : 'target', target.shape, target.type);
    }),
    weights: outputs.map(({ shape }) => port(storage, 'weight', weightShape(shape), 'float32')),
  };
}

/** What enters a program. */
type Ports = Pick<Program, 'inputs' | 'targets' | 'weights'>;

/** Weights of one output each, or none. */
type Weighing = (output: number) => number;
const unweighted: Weighing = () => -1;
const weighted =
  ({ weights }: Ports): Weighing =>
  (output) =>
    weights[output].buffer;

function lowerTraining(
  model: ModelDescription,
  plans: readonly JudgementPlan[],
  storage: Storage,
  ports: Ports,
): Pick<Program['stages'], 'forward' | 'weightedForward' | 'backward' | 'averages'> {
  const to = new Builder(storage, true);
  const graph = lowerGraph(model, ports.inputs.map(entering), to);
  const judgements = model.outputs.map(({ value, shape }, i) => {
    const gradient = storage.buffer('loss gradient', sizeOf(shape));
    return { value, gradient, ...judge(plans[i], judging(graph.values[value], ports.targets[i], gradient, storage)) };
  });
  for (const call of judgements.flatMap(({ backward }) => backward)) to.emitBackward(call);
  graph.propagate(judgements.map(({ value, gradient }) => [value, gradient]));
  const fused = (weigh: Weighing) => fuse({ forward: judgedForward(to, judgements, weigh), backward: to.backward });
  const { forward, backward } = fused(unweighted);
  return {
    forward: segmentsOf(forward),
    weightedForward: segmentsOf(fused(weighted(ports)).forward),
    backward: segmentsOf(backward),
    averages: segmentsOf(to.averages),
  };
}

function lowerInference(
  model: ModelDescription,
  plans: readonly JudgementPlan[],
  storage: Storage,
  ports: Ports,
): { outputs: Value[]; prediction: Segments; evaluation: Segments; weightedEvaluation: Segments } {
  const to = new Builder(storage, false);
  const { values } = lowerGraph(model, ports.inputs.map(entering), to);
  const outputs = model.outputs.map(({ value }) => values[value]);
  const judgements = outputs.map((output, i) => judge(plans[i], judging(output, ports.targets[i], -1, storage)));
  const fused = (weigh: Weighing) => fuse({ forward: judgedForward(to, judgements, weigh), backward: [] });
  return {
    outputs,
    prediction: segmentsOf(to.forward),
    evaluation: segmentsOf(fused(unweighted).forward),
    weightedEvaluation: segmentsOf(fused(weighted(ports)).forward),
  };
}

/** The forward pass, and what judges each output behind it. */
function judgedForward({ forward }: Builder, judgements: readonly Judgement[], weigh: Weighing): Instruction[] {
  return [...forward, ...judgements.flatMap((judgement, output) => judgement.forward(weigh(output)))];
}

export function judging(output: Value, target: Port, gradient: number, storage: Storage): Judging {
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
