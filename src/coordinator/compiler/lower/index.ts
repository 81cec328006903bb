import { kernelTable } from '../../../shared/kernels/table.js';
import type { Parameter } from '../../../shared/program/parameter.js';
import type { Port, Program, Segments } from '../../../shared/program/program.js';
import { isJointLoss, readsTarget } from '../../options/jointLoss.js';
import type { Objective } from '../../options/objectives.js';
import { type ActivityTerm, activityCalls, planActivities } from './activity.js';
import { Builder, Storage, type Value } from './builder.js';
import { calledMeasures } from './called.js';
import { type ModelDescription, sizeOf } from './description.js';
import { bufferArguments, fuse } from './fuse.js';
import { lowerGraph } from './graph.js';
import { type Instruction, segmentsOf } from './instructions.js';
import { findLowering } from './layers/find.js';
import { targetOf, weightShape } from './loss.js';
import { lowerObjective, planObjectives } from './objective.js';
import type { LoweredObjective, ObjectiveBuffers, ObjectivePlan } from './objectivePlan.js';

export { findLowering, lowerLayerOf } from './layers/find.js';

/**
 * Lowers a model to a program: pure, plain data in and out. The model is lowered twice, for training and for
 * inference; both share inputs, targets and parameters.
 */
export function lower(model: ModelDescription, objectives: readonly Objective[]): Program {
  const activities = planActivities(model);
  const factors = activities.map(({ factor }) => factor);
  const { plans, measures, termSums, sums } = planObjectives(objectives, model.outputs, factors);
  const terms = activities.map((activity, i) => ({ ...activity, sum: termSums[i] }));
  const storage = new Storage(model, sums);
  const ports = {
    inputs: model.inputs.map((_, number) => inputPort(storage, model, number)),
    ...targetPorts(storage, model, objectives),
  };
  const { outputs: trained, ...training } = lowerTraining(model, { plans, terms }, storage, ports);
  const { outputs, ...inference } = lowerInference(model, { plans, terms }, storage, ports);
  const places = trained.map(({ value, gradient }, i) => ({
    shape: value.shape,
    target: ports.targets[i].buffer,
    trained: value.buffer,
    inferred: outputs[i].buffer,
    gradient,
    weight: ports.weights[i].buffer,
    isMasked: value.mask !== undefined,
  }));
  const called = calledMeasures(plans, places);
  return {
    buffers: storage.buffers,
    parameters: storage.parameters.map(reachedBy(training.backward)),
    parameterLength: storage.parameterLength,
    copies: storage.copies,
    slabLength: storage.slabLength,
    states: storage.states,
    constants: storage.constants,
    vectorLength: storage.vectorLength,
    ...ports,
    outputs: outputs.map(({ buffer }, i) => {
      return { name: model.outputs[i].name, buffer, shape: model.outputs[i].shape, type: 'float32' };
    }),
    measures,
    lossSums: [...lossSumsOf(plans), ...termSums],
    totalCount: sums + 1,
    sumCount: storage.sumCount,
    stages: { ...training, ...inference },
    ...(called.length > 0 && { called }),
  };
}

/** Marks a weight that no loss depends on: the backward pass does not name it, so that nothing writes its gradient. */
function reachedBy(backward: Segments): (parameter: Parameter) => Parameter {
  const named = new Set<number>();
  for (const { kernel, args } of backward.flat()) {
    const kinds: Readonly<Record<string, string>> = kernelTable[kernel].arguments;
    for (const [name, value] of Object.entries(args)) if (kinds[name].startsWith('parameter')) named.add(value);
  }
  return (parameter) => (named.has(parameter.offset) ? parameter : { ...parameter, unreached: true });
}

/** The sums of the losses that there are. */
export function lossSumsOf(plans: readonly ObjectivePlan[]): number[] {
  return plans.filter(({ loss }) => loss !== null).map(({ first }) => first);
}

/** The target and the weights of each output. */
export function targetPorts(
  storage: Storage,
  { outputs }: ModelDescription,
  objectives: readonly Objective[],
): Pick<Program, 'targets' | 'weights'> {
  return {
    targets: outputs.map(({ name, shape }, i) => {
      const { shape: own, type, ...facts } = targetOf(objectives[i], shape, readsTarget(objectives[0].loss, i));
      return { ...port(storage, outputs.length > 1 ? name : 'target', own, type), ...facts };
    }),
    weights: outputs.map(({ shape }, i) => {
      const weight = port(storage, 'weight', weightShape(shape), 'float32');
      return isDividedByWeights(objectives[i]) ? weight : { ...weight, signed: true };
    }),
  };
}

/** Whether an output's loss or a metric is divided by the sum of the weights. */
function isDividedByWeights({ loss, weightedMetrics }: Objective): boolean {
  return loss?.reduction === 'mean_with_sample_weight' || weightedMetrics.length > 0;
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

/** What the loss of a model is made of. */
interface LossPlan {
  readonly plans: readonly ObjectivePlan[];
  readonly terms: readonly (ActivityTerm & { readonly sum: number })[];
}

type TrainingStages = Pick<Program['stages'], 'forward' | 'weightedForward' | 'backward' | 'averages'>;

function lowerTraining(
  model: ModelDescription,
  { plans, terms }: LossPlan,
  storage: Storage,
  ports: Ports,
): TrainingStages & { readonly outputs: readonly { readonly value: Value; readonly gradient: number }[] } {
  const to = new Builder(storage, true);
  const graph = lowerGraph(model, ports.inputs.map(entering), to);
  const outputs = model.outputs.map(({ value, shape }) => {
    return { value: graph.values[value], gradient: storage.buffer('loss gradient', sizeOf(shape)) };
  });
  const lowered = objectiveBuffers(outputs, ports.targets, storage).map((to, i) => {
    return { value: model.outputs[i].value, gradient: to.gradient, ...lowerObjective(plans[i], to) };
  });
  const activities = lowerActivities(terms, graph.values, storage, (term) =>
    storage.buffer(`${term.name} activity gradient`, term.size),
  );
  for (const call of lowered.flatMap(({ backward }) => backward)) to.emitBackward(call);
  const isTrained = isJointLoss(plans[0].loss) ? () => true : ({ loss }: ObjectivePlan) => loss !== null;
  const trained = lowered.filter((_, output) => isTrained(plans[output]));
  graph.propagate([...trained, ...activities].map(({ value, gradient }) => [value, gradient]));
  const fused = (weigh: Weighing) =>
    fuse({ forward: forwardWithLosses(to, lowered, activities, weigh), backward: to.backward });
  const { forward, backward } = fused(unweighted);
  const weightedForward = fused(weighted(ports)).forward;
  return {
    outputs,
    forward: segmentsOf(forward),
    weightedForward: segmentsOf([...weightedForward, ...dropUnweighted(weightedForward, backward, storage, ports)]),
    backward: segmentsOf(backward),
    averages: segmentsOf(to.averages),
  };
}

/**
 * Rows without weight are made finite before backward, which multiplies what forward has left by their gradient of 0: one
 * call for each output and each buffer that both read.
 */
function dropUnweighted(
  forward: readonly Instruction[],
  backward: readonly Instruction[],
  { buffers }: Storage,
  { inputs, targets, weights }: Ports,
): Instruction[] {
  const read = new Set(backward.flatMap(buffersIn));
  const classes = [...inputs, ...targets].filter(({ type }) => type === 'int32').map(({ buffer }) => buffer);
  const left = new Set([...forward.flatMap(buffersIn), ...inputs.map(({ buffer }) => buffer)]);
  const kept = [...left].filter((buffer) => read.has(buffer) && !classes.includes(buffer));
  return weights.flatMap(({ buffer: weight }) =>
    kept.map((x): Instruction => {
      const { size: groups } = buffers[weight];
      return { kernel: 'dropUnweighted', args: { x, weight, groups, size: buffers[x].size } };
    }),
  );
}

function buffersIn(call: Instruction): readonly number[] {
  return call.kernel === 'sync' ? [] : bufferArguments(call);
}

function lowerInference(
  model: ModelDescription,
  { plans, terms }: LossPlan,
  storage: Storage,
  ports: Ports,
): { outputs: Value[]; prediction: Segments; evaluation: Segments; weightedEvaluation: Segments } {
  const to = new Builder(storage, false);
  const { values } = lowerGraph(model, ports.inputs.map(entering), to);
  const outputs = model.outputs.map(({ value }) => values[value]);
  const ends = outputs.map((value) => ({ value, gradient: -1 }));
  const lowered = objectiveBuffers(ends, ports.targets, storage).map((to, i) => lowerObjective(plans[i], to));
  const activities = lowerActivities(terms, values, storage, () => -1);
  const fused = (weigh: Weighing) => fuse({ forward: forwardWithLosses(to, lowered, activities, weigh), backward: [] });
  return {
    outputs,
    prediction: segmentsOf(to.forward),
    evaluation: segmentsOf(fused(unweighted).forward),
    weightedEvaluation: segmentsOf(fused(weighted(ports)).forward),
  };
}

/** A term of the loss as it is lowered: what it regularizes, the buffer of the gradient, and the calls. */
interface LoweredActivity {
  readonly value: number;
  readonly gradient: number;
  readonly calls: readonly Instruction[];
}

function lowerActivities(
  terms: LossPlan['terms'],
  values: readonly Value[],
  storage: Storage,
  gradientOf: (term: ActivityTerm) => number,
): LoweredActivity[] {
  return terms.map((term) => {
    const value = values[term.value];
    const gradient = value.trained ? gradientOf(term) : -1;
    const newBuffer = (name: string, size: number) => storage.buffer(name, size);
    return { value: term.value, gradient, calls: activityCalls(term, value, { sum: term.sum, gradient }, newBuffer) };
  });
}

/** The forward pass, and the loss and metrics of each output behind it; then other terms, which read what the losses have left. */
function forwardWithLosses(
  { forward }: Builder,
  lowered: readonly LoweredObjective[],
  activities: readonly LoweredActivity[],
  weigh: Weighing,
): Instruction[] {
  return [
    ...forward,
    ...lowered.flatMap((objective, output) => objective.forward(weigh(output))),
    ...activities.flatMap(({ calls }) => calls),
  ];
}

/** The buffers that each output is measured on, of the outputs with their gradients; −1 for none. */
export function objectiveBuffers(
  outputs: readonly { readonly value: Value; readonly gradient: number }[],
  targets: readonly Port[],
  storage: Storage,
): ObjectiveBuffers[] {
  const places = outputs.map(({ value: { buffer, shape }, gradient }, i) => {
    return { shape, prediction: buffer, target: targets[i].buffer, gradient };
  });
  return outputs.map(({ value }, i) => ({
    ...places[i],
    outputs: places,
    mask: value.mask ?? -1,
    buffer: (name, size) => storage.buffer(name, size),
    constant: (values) => storage.constant(values),
    draw: () => storage.lossDraw(),
  }));
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
