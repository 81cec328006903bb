import { userError } from '../shared/errors.js';
import type { Parameter } from '../shared/program/parameter.js';
import type { RunRecord } from './checkpoint/contents.js';
import type { TrainingState } from './checkpoint/position.js';
import type { StoredTensor } from './models/compiled/compilation.js';
import { writeState } from './models/compiled/state.js';
import type { OpenModel } from './models/open.js';
import type { SavedModel } from './models/save.js';
import type { Objective } from './options/objectives.js';
import type { ResolvedOptions } from './options/resolve.js';
import type { Runtime } from './ranks/runtime.js';
import type { CalledFunction, CalledFunctions } from './tracing/called.js';
import { jointOf } from './tracing/joint.js';
import { ofOneOutput, type TensorFunction } from './tracing/trace.js';

/** What is kept of a trainer in files. */
interface RecordedTrainer {
  readonly model: OpenModel;
  readonly resolved: ResolvedOptions;
  readonly runtime: Runtime;
  readonly state: TrainingState;
}

/** All that a checkpoint holds beside weights and optimizer vectors. */
export function runRecord({ model, resolved, runtime, state }: RecordedTrainer): RunRecord {
  const { optimizer, modules, seed } = resolved;
  const { position, callbackStates, ...counters } = state;
  return {
    topology: model.topology,
    objectives: [...model.objectives],
    optimizer,
    modules: [...modules],
    seed,
    ...runtime.division,
    ...counters,
    learningRate: runtime.learningRate,
    position,
    callbacks: position === null ? [] : [...callbackStates()],
  };
}

/** What TensorFlow.js stores for the optimizer. */
export function optimizerWeights({ model, resolved, runtime, state }: RecordedTrainer): StoredTensor[] {
  const { learningRate, memory } = runtime;
  const momentOf = (weight: Parameter, index: number): Float32Array => memory.moment(weight, index);
  return writeState(resolved.optimizer, learningRate, state.step, model.trained, momentOf);
}

/** What a model's files hold of a trainer beside its weights. */
export function savedModel({ model, resolved, runtime, state }: RecordedTrainer): Omit<SavedModel, 'weights'> {
  const { learningRate, memory } = runtime;
  const momentOf = (weight: Parameter, index: number): Float32Array => memory.moment(weight, index);
  return { ...model, optimizer: resolved.optimizer, learningRate, step: state.step, momentOf };
}

/** A checkpoint is data: the modules that it names are not run, but those that whoever resumes it gives. */
export function requireModules(path: string, stored: readonly string[], given: readonly string[]): void {
  if (stored.length === 0 || given.length > 0) return;
  throw userError(
    'MODULES_NEEDED',
    `Checkpoint ${path} is of a model with layers from ${JSON.stringify(stored)}, which are run only if you name them; give the option modules (inspect: --modules) as when the trainer was created.`,
  );
}

/** A checkpoint has no functions: those that its losses and metrics are called by are given again. */
export function requireFunctions(
  path: string,
  objectives: readonly Objective[],
  given: Readonly<Record<string, TensorFunction>>,
): CalledFunctions {
  const all = objectives.flatMap(({ loss, metrics, weightedMetrics }) => [loss, ...metrics, ...weightedMetrics]);
  const names = new Set(all.flatMap((spec) => (spec?.name === 'called' ? [spec.function] : [])));
  const missing = [...names].filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    throw userError(
      'FUNCTIONS_NEEDED',
      `Checkpoint ${path} is of a run with ${missing.join(', ')}, which cannot become kernels and which no file can hold; give the option functions: { ${missing.join(', ')} } as when the trainer was created.`,
    );
  }
  const called = (name: string): CalledFunction => {
    const own = given[name];
    return {
      given: jointOf(own) ?? ofOneOutput(own),
      what: 'loss',
      reason: 'it could not when the trainer was created',
    };
  };
  return new Map([...names].map((name) => [name, called(name)]));
}
