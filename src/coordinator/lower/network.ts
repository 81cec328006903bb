import { userError } from '../../shared/errors.js';
import type { MovingWeight, Network } from '../../shared/network.js';
import type { Program } from '../../shared/program.js';
import { Storage } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { inputPort, judging, type Objective, port } from './index.js';
import { segmentsOf } from './instructions.js';
import { judge, lossSums, planJudgements } from './judge.js';
import { targetOf, weightShape } from './loss.js';

/**
 * The program of a model that TensorFlow.js computes. Its stages hold losses and metrics, which come after the outputs: the
 * last segment of a stage that goes forward begins with the model.
 */
export function networkProgram(
  model: ModelDescription,
  objectives: readonly Objective[],
  source: Pick<Network, 'topology' | 'modules'>,
): Program {
  requireOneOutput(model);
  const [{ shape: outputShape }] = model.outputs;
  const { plans, measures, sums } = planJudgements(objectives, model.outputs);
  const [plan] = plans;
  // Without nodes: TensorFlow.js adds up the gradients of a layer that is called several times.
  const storage = new Storage({ ...model, nodes: [] }, sums);
  const { shape, type } = targetOf(plan.loss.name, outputShape);
  const ports = {
    inputs: model.inputs.map((_, number) => inputPort(storage, model, number)),
    target: port(storage, 'target', shape, type),
    weight: port(storage, 'weight', weightShape(outputShape), 'float32'),
  };
  const output = port(storage, 'output', outputShape, 'float32');
  const gradient = storage.buffer('loss gradient', sizeOf(outputShape));
  const value = { buffer: output.buffer, shape: outputShape, trained: true };
  const training = judge(plan, judging(value, ports.target, gradient, storage));
  const inference = judge(plan, judging(value, ports.target, -1, storage));
  const moving = placeMoves(model, storage);
  const { buffers, parameters, parameterLength, copies, slabLength, states, vectorLength, sumCount } = storage;
  return {
    buffers,
    parameters,
    parameterLength,
    copies,
    slabLength,
    states,
    vectorLength,
    inputs: ports.inputs,
    targets: [ports.target],
    weights: [ports.weight],
    outputs: [output],
    measures,
    lossSums: [plan.first],
    totalCount: sums + 1,
    sumCount,
    stages: {
      forward: segmentsOf(training.forward(-1)),
      weightedForward: segmentsOf(training.forward(ports.weight.buffer)),
      backward: segmentsOf(training.backward),
      evaluation: segmentsOf(inference.forward(-1)),
      weightedEvaluation: segmentsOf(inference.forward(ports.weight.buffer)),
      prediction: [[]],
      averages: moving.length === 0 ? [] : [[]],
    },
    network: { ...source, gradients: [gradient], moving, lossSums },
  };
}

function requireOneOutput({ name, outputs }: ModelDescription): void {
  if (outputs.length === 1) return;
  throw userError('UNSUPPORTED_MODEL', `Model ${name} has ${outputs.length} outputs; give a model with one.`);
}

function placeMoves({ layers }: ModelDescription, storage: Storage): MovingWeight[] {
  const moves = new Set(
    layers.flatMap(({ weights }) => weights.filter(({ moving }) => moving).map(({ name }) => name)),
  );
  return storage.states
    .filter(({ name }) => moves.has(name))
    .map((parameter) => ({ parameter, sum: storage.sums(parameter.size) }));
}
