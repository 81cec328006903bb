import { importModules, moduleUrl } from '../shared/modules.js';
import type { OutputDescription } from './compiler/lower/description.js';
import { completeOptions } from './models/compiled/compilation.js';
import { type OptimizerState, readState } from './models/compiled/state.js';
import { asCompiled } from './models/frozen.js';
import { readKerasState } from './models/keras/readState.js';
import { type OpenModel, openModel, readModel } from './models/open.js';
import { withTracedFunctions } from './models/traced.js';
import { isLayersEngine } from './options/engineChoice.js';
import { readObjectives } from './options/objectives.js';
import { readOptions } from './options/readOptions.js';
import { injectionIn, type ResolvedOptions, resolveOptions } from './options/resolve.js';
import { type TrainerFields, trainerSchema } from './options/trainerFields.js';
import type { ModelSource } from './options/trainerOptions.js';
import { CalledFunctionList } from './tracing/called.js';
import { functionReader } from './tracing/functions.js';

/** A model with what it is to be trained for. */
export interface OpenedTraining {
  /** Those given, checked, with every default but that of the division. */
  readonly options: TrainerFields;
  readonly resolved: ResolvedOptions;
  readonly open: OpenModel;
  /** Where its optimizer stands. */
  readonly state: OptimizerState;
}

const ANEW: OptimizerState = { step: 0, moments: [] };

/** Opens a model and resolves the options of its trainer; `call` is the function that was given them, for messages. */
export async function openForTraining(call: string, source: ModelSource, given: unknown): Promise<OpenedTraining> {
  const options = readOptions(call, trainerSchema, given);
  using model = await readModel(source, options.modules.map(moduleUrl));
  const { compilation } = model;
  const compiled = completeOptions(options, compilation);
  const resolved = resolveOptions(options, compiled.optimizer, injectionIn(given));
  if (model.widened !== undefined) resolved.recovery.onEvent(model.widened);
  const exports = await importModules(resolved.modules);
  const called = new CalledFunctionList();
  const objectivesOf = (outputs: readonly OutputDescription[]) => {
    const objectives = readObjectives(
      compiled,
      outputs.map(({ name }) => name),
      functionReader(outputs, called),
    );
    return isLayersEngine(resolved.engine) ? objectives : withTracedFunctions(objectives, outputs, exports);
  };
  const isAsCompiled = options.optimizer === undefined && options.loss === undefined;
  const open = await openModel(isAsCompiled ? asCompiled(model) : model, options.initialWeights, {
    ...resolved,
    objectivesOf,
    functions: called.byName,
  });
  const begins = options.optimizer !== undefined || compilation === undefined || options.initialWeights === 'seed';
  const readIt = compilation?.by === 'Keras' ? readKerasState : readState;
  const state = begins ? ANEW : await readIt(compilation, resolved.optimizer, open.trained);
  return { options, resolved, open, state };
}
