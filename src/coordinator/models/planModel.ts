import { LockstepError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import type { TfLayer } from '../../shared/tfjs/tfjs.js';
import { type ChosenEngine, chooseEngine, chooseLayersEngine, engineWithoutLowering } from '../compiler/engine.js';
import type { ModelDescription, OutputDescription } from '../compiler/lower/description.js';
import { lower } from '../compiler/lower/index.js';
import { networkProgram } from '../compiler/lower/network.js';
import { isLayersEngine } from '../options/engineChoice.js';
import type { Objective } from '../options/objectives.js';
import type { EngineChoice } from '../options/trainerOptions.js';
import type { CalledFunctions } from '../tracing/called.js';
import type { BuiltModel } from './built.js';
import { requireActivations, requireComputable, requireModules } from './computable.js';
import { describeModel } from './describe.js';
import { withFrozenLayers } from './frozen.js';
import { withInitializersOf } from './initializers.js';
import { requireMasksHeeded } from './masked.js';
import { withTracedLayers } from './traced.js';

/** How a model is going to be computed. */
export interface ModelPlan {
  readonly description: ModelDescription;
  readonly program: Program;
  readonly engine: ChosenEngine;
  /** What each output is trained for. */
  readonly objectives: readonly Objective[];
}

/** What decides about it. */
export interface PlanOptions {
  /** What these outputs are trained for. */
  readonly objectivesOf: (outputs: readonly OutputDescription[]) => readonly Objective[];
  readonly engine: EngineChoice;
  /** Functions that these objectives have and that are called for whole batches; absent where there are none. */
  readonly functions?: CalledFunctions;
  /** URLs of modules that register layers. */
  readonly modules: readonly string[];
}

/** Lowers a model to kernel calls, or leaves it to TensorFlow.js where that was asked for, or nothing else can do it. */
export function planModel(built: BuiltModel, options: PlanOptions): ModelPlan {
  const { engine } = options;
  requireActivations(built.model);
  if (isLayersEngine(engine)) {
    return unlessNeither(
      () => planNetwork(built, options, chooseLayersEngine(engine)),
      () => lowerModel(built, options),
    );
  }
  try {
    const { program, ...lowered } = lowerModel(built, options);
    return { ...lowered, program, engine: chooseEngine(engine, program) };
  } catch (error) {
    if (engine !== 'auto' || !doesNotLower(error)) throw error;
    return unlessNeither(
      () => planNetwork(built, options, engineWithoutLowering(error)),
      () => {
        throw error;
      },
    );
  }
}

/** A plan; where TensorFlow.js cannot compute the model and kernels cannot either, the reason is that of the kernels. */
function unlessNeither(plan: () => ModelPlan, lowerIt: () => unknown): ModelPlan {
  try {
    return plan();
  } catch (refusal) {
    if (doesNotLower(refusal)) lowerIt();
    throw refusal;
  }
}

function lowerModel({ model, topology, trained }: BuiltModel, options: PlanOptions): Omit<ModelPlan, 'engine'> {
  const layers: TfLayer[] = [];
  const described = describeModel(model, (layer) => layers.push(layer), trained);
  const description = withTracedLayers(withInitializersOf(topology, described), layers);
  const objectives = objectivesFor(description, options);
  return { description, objectives, program: lower(description, objectives) };
}

function objectivesFor({ outputs }: ModelDescription, { objectivesOf }: PlanOptions): readonly Objective[] {
  return objectivesOf(outputs);
}

function planNetwork({ model, topology, trained }: BuiltModel, options: PlanOptions, engine: ChosenEngine): ModelPlan {
  const description = withInitializersOf(topology, describeModel(model, requireComputable, trained));
  requireMasksHeeded(model);
  requireModules(model, options.modules);
  const network = { topology: withFrozenLayers(topology, description), modules: options.modules };
  const objectives = objectivesFor(description, options);
  return { description, program: networkProgram(description, objectives, network), objectives, engine };
}

function doesNotLower(error: unknown): error is LockstepError {
  return error instanceof LockstepError && error.code.startsWith('UNSUPPORTED_');
}
