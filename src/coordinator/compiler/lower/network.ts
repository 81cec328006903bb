import { userError } from '../../../shared/errors.js';
import type { ModuleFunction, MovingWeight, Network } from '../../../shared/program/network.js';
import type { Program, Segments } from '../../../shared/program/program.js';
import { isJointLoss } from '../../options/jointLoss.js';
import type { Objective } from '../../options/objectives.js';
import { requireNoActivities } from './activity.js';
import { Storage } from './builder.js';
import { type ModelDescription, sizeOf } from './description.js';
import { inputPort, lossSumsOf, objectiveBuffers, port, targetPorts } from './index.js';
import { segmentsOf } from './instructions.js';
import { lowerObjective, planObjectives } from './objective.js';
import type { LoweredObjective, ObjectivePlan } from './objectivePlan.js';

/**
 * The program of a model that TensorFlow.js computes. Its stages hold losses and metrics, which come after the outputs: the
 * last segment of a stage that goes forward begins with the model.
 */
export function networkProgram(
  model: ModelDescription,
  objectives: readonly Objective[],
  source: Pick<Network, 'topology' | 'modules'>,
): Program {
  requireNoActivities(model);
  requireNoneCalled(objectives);
  const { plans, measures, sums } = planObjectives(objectives, model.outputs);
  plans.forEach(requireOneMeeting);
  // Without nodes: TensorFlow.js adds up the gradients of a layer that is called several times.
  const storage = new Storage({ ...model, nodes: [] }, sums);
  const ports = {
    inputs: model.inputs.map((_, number) => inputPort(storage, model, number)),
    ...targetPorts(storage, model, objectives),
  };
  const outputs = model.outputs.map(({ name, shape }) => port(storage, name, shape, 'float32'));
  const gradients = model.outputs.map(({ shape }, i) =>
    hasGradient(objectives, i) ? storage.buffer('loss gradient', sizeOf(shape)) : -1,
  );
  const lowerAll = (gradientOf: (output: number) => number): LoweredObjective[] =>
    objectiveBuffers(
      outputs.map(({ buffer, shape }, i) => ({ value: { buffer, shape, trained: true }, gradient: gradientOf(i) })),
      ports.targets,
      storage,
    ).map((to, i) => lowerObjective(plans[i], { ...to, functions: true }));
  const training = lowerAll((output) => gradients[output]);
  const inference = lowerAll(() => -1);
  const moving = placeMoves(model, storage);
  const { buffers, parameters, parameterLength, copies, slabLength, states, constants, vectorLength, sumCount } =
    storage;
  const unweighted = ports.weights.map(() => -1);
  const weighted = ports.weights.map(({ buffer }) => buffer);
  return {
    buffers,
    parameters,
    parameterLength,
    copies,
    slabLength,
    states,
    constants,
    vectorLength,
    ...ports,
    outputs,
    measures,
    lossSums: lossSumsOf(plans),
    totalCount: sums + 1,
    sumCount,
    stages: {
      forward: lossSegments(training, unweighted),
      weightedForward: lossSegments(training, weighted),
      backward: segmentsOf(training.flatMap(({ backward }) => backward)),
      evaluation: lossSegments(inference, unweighted),
      weightedEvaluation: lossSegments(inference, weighted),
      prediction: [[]],
      averages: moving.length === 0 ? [] : [[]],
    },
    network: { ...source, gradients, moving, functions: plans.flatMap(functionsOf) },
  };
}

/** Whether loss kernels leave a gradient of an output. */
function hasGradient(objectives: readonly Objective[], output: number): boolean {
  const { loss } = objectives[output];
  return isJointLoss(objectives[0].loss) || (loss !== null && loss.name !== 'custom');
}

/** Ranks on which TensorFlow.js computes go forward and back at once. */
function requireNoneCalled(objectives: readonly Objective[]): void {
  for (const { loss, metrics, weightedMetrics } of objectives) {
    for (const spec of [loss, ...metrics, ...weightedMetrics]) {
      if (spec?.name !== 'called') continue;
      throw userError(
        'UNSUPPORTED_LOSS',
        `The function ${spec.function} cannot become kernels, and can be called for whole batches only where the model becomes kernels, which this one does not; export it from a module and give { name: 'custom', function: '${spec.function}' } with the option modules.`,
      );
    }
  }
}

/** A loss that is made of sums over all rows would have the ranks meet behind the model, too. */
function requireOneMeeting({ loss, bins }: ObjectivePlan): void {
  const ignored = loss !== null && 'ignoreClass' in loss && loss.ignoreClass !== undefined;
  if (loss === null || (bins === 0 && !ignored)) return;
  throw userError(
    'UNSUPPORTED_LOSS',
    `${loss.name}${ignored ? ' with ignoreClass' : ' over all rows'} is computed by kernels alone; use layers that lower to kernels, or another loss.`,
  );
}

/** The loss and the metrics of an output that are functions of modules. */
function functionsOf({ loss, lossWeight, metrics, first, divisor }: ObjectivePlan, output: number): ModuleFunction[] {
  const weights = first + 1;
  const own =
    loss?.name === 'custom' ? [{ name: loss.function, output, sum: first, weights: divisor, lossWeight }] : [];
  const measured = metrics.flatMap(({ spec, sum, weighted }) =>
    spec.name === 'custom' ? [{ name: spec.function, output, sum, weights: weighted ? weights : null }] : [],
  );
  return [...own, ...measured];
}

/** The weights of all outputs come before the only sync point, so that the model is computed behind it. */
function lossSegments(lowered: readonly LoweredObjective[], weights: readonly number[]): Segments {
  const parts = lowered.map(({ forward }, output) => segmentsOf(forward(weights[output])));
  const segments = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: segments }, (_, segment) => parts.flatMap((part) => part[segment]));
}

function placeMoves({ layers }: ModelDescription, storage: Storage): MovingWeight[] {
  const moves = new Set(
    layers.flatMap(({ weights }) => weights.filter(({ moving }) => moving).map(({ name }) => name)),
  );
  return storage.states
    .filter(({ name }) => moves.has(name))
    .map((parameter) => ({ parameter, sum: storage.sums(parameter.size) }));
}
