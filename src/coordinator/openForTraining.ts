import { completeOptions } from './models/compiled/compilation.js';
import { type OptimizerState, readState } from './models/compiled/state.js';
import { type OpenModel, openModel, readModel } from './models/open.js';
import { readObjectives } from './options/objectives.js';
import { type ResolvedOptions, resolveModules, resolveOptions } from './options/resolve.js';
import type { CompiledOptions, ModelSource, TrainerOptions } from './options/trainerOptions.js';

/** A model with what it is to be trained for. */
export interface OpenedTraining {
  /** Those given, with what the model was compiled with where they left it out. */
  readonly options: TrainerOptions;
  readonly resolved: ResolvedOptions;
  readonly open: OpenModel;
  /** Where its optimizer stands. */
  readonly state: OptimizerState;
}

const ANEW: OptimizerState = { step: 0, moments: [] };

/** Opens a model and resolves the options of its trainer. */
export async function openForTraining(source: ModelSource, given: CompiledOptions): Promise<OpenedTraining> {
  using model = await readModel(source, resolveModules(given));
  const { compilation } = model;
  const options = completeOptions(given, compilation);
  const resolved = resolveOptions(options);
  const objectivesOf = (outputs: readonly string[]) => readObjectives(options, outputs);
  const open = await openModel(model, options.initialWeights, { ...resolved, objectivesOf });
  const begins = given.optimizer !== undefined || compilation === undefined || options.initialWeights === 'seed';
  const state = begins ? ANEW : await readState(compilation, resolved.optimizer, open.trained);
  return { options, resolved, open, state };
}
