import { userError } from '../shared/errors.js';
import type { OptimizerSpec } from '../shared/optimizers/optimizers.js';
import { givenOptimizer } from './models/compiled/compilation.js';
import { withTrainable } from './models/frozen.js';
import { type OpenModel, replan } from './models/open.js';
import { changedObjectives } from './options/objectives.js';
import { readOptions } from './options/readOptions.js';
import { copyWeightsSchema, recompileSchema } from './options/trainerFields.js';
import type {
  CopyWeightsOptions,
  LabelledData,
  RecompileOptions,
  TensorSources,
  WeightOptions,
} from './options/trainerOptions.js';
import { show } from './options/values.js';
import type { GivenGradients, Gradients } from './ranks/gradients.js';
import { CalledFunctionList, type CalledFunctions } from './tracing/called.js';
import { functionReader } from './tracing/functions.js';
import { TrainerCore } from './trainerCore.js';
import { TrainerFacts } from './trainerFacts.js';

/** What loops of one's own are made of, beside the steps themselves. */
export abstract class TrainerLoop extends TrainerFacts {
  /**
   * The gradients of the mean loss of the given rows with respect to every trained weight, penalties of regularizers included, by
   * the weights' names, summed in tree order: what `trainOnBatch` would update with. Trained weights, the optimizer and `step` stay;
   * the averages of BatchNormalization move, as in any pass in training mode. Two calls at one step draw the same dropout.
   *
   * @returns Copies, float32, each in its weight's shape: they may be scaled, added up and given to `applyGradients`.
   * @throws LockstepError `NON_FINITE_LOSS` where the loss is not finite; a gradient may be all the same. Errors of data as in `fit`.
   */
  async gradients(data: LabelledData, options?: WeightOptions): Promise<Gradients>;
  async gradients(x: TensorSources, y: TensorSources, options?: WeightOptions): Promise<Gradients>;
  async gradients(...given: unknown[]): Promise<Gradients> {
    return this.core.exclusively(() => this.core.gradients(given));
  }

  /**
   * One update with given gradients: `step` counts one, and clipping, weight decay, accumulation, schedules, averages and
   * constraints are those of any step. With what `gradients` returned it is bit for bit `trainOnBatch`.
   *
   * @param gradients One for every trained weight, by its name: a tensor, a typed array, or `{ values, shape }`.
   * @throws LockstepError `INVALID_DATA` where one is missing or has no weight, `SHAPE_MISMATCH`, `NON_FINITE_DATA`;
   * `NON_FINITE_LOSS` where a weight would not be finite. The weights are then those before the call.
   */
  async applyGradients(gradients: GivenGradients): Promise<void> {
    await this.core.exclusively(() => this.core.applyGradients(gradients));
  }

  /**
   * Takes the weights of a trainer of the same model, those that are not trained included: w = tau · theirs + (1 − tau) · w. The
   * optimizer's vectors stay. For target networks.
   *
   * @param options `tau` from 0 to 1, by default 1: a copy to the bit.
   * @throws LockstepError `INVALID_OPTION`; `WEIGHTS_MISMATCH` where weights have other shapes, and nothing is changed; `BUSY`.
   */
  copyWeights(from: TrainerFacts, options?: CopyWeightsOptions): void {
    const { tau } = readOptions('copyWeights', copyWeightsSchema, options);
    if (!(from instanceof TrainerLoop)) {
      throw userError('INVALID_OPTION', `copyWeights was given ${show(from)}; give a trainer.`);
    }
    this.core.requireIdle();
    this.core.vectors.copyFrom(from.core.vectors, tau);
  }

  /**
   * Freezes a layer, or trains it again, by its name; a model within the model with all its layers. Weights and `step` stay, and so do
   * the moments of the layers that are trained before and after; those of a layer that is trained anew begin anew.
   *
   * @throws LockstepError `UNKNOWN_LAYER` where the model has no layer of that name. Where nothing is left to train, calls that
   * train reject with `NOTHING_TO_TRAIN`.
   */
  async setTrainable(layer: string, trainable: boolean): Promise<void> {
    await this.core.exclusively(async () => {
      const { model } = this.core;
      await this.#goOnWith(
        await replan(model, { topology: withTrainable(model, layer, trainable) }, this.core.resolved),
      );
    });
  }

  /**
   * Goes on with another optimizer, other losses or other metrics, as given to `Trainer.create`; what is left out stays. Weights
   * stay. Another optimizer begins anew: `step`, its moments and the learning rate are its own.
   *
   * @throws LockstepError What `Trainer.create` throws for these options; the trainer is then as before.
   */
  async recompile(options: RecompileOptions): Promise<void> {
    await this.core.exclusively(async () => {
      const { optimizer, ...given } = readOptions('recompile', recompileSchema, options);
      const { model, resolved } = this.core;
      const spec = optimizer === undefined ? undefined : givenOptimizer(optimizer);
      const outputs = model.description.outputs.map(({ name }) => name);
      const called = new CalledFunctionList(model.functions);
      const read = functionReader(model.description.outputs, called);
      const objectives = changedObjectives(model.objectives, given, outputs, read);
      await this.#goOnWith(await replan(model, { objectives, functions: called.byName }, resolved), spec);
      announceFunctions(this.core, model.functions);
    });
  }

  /** The trainer becomes one of another plan of its model, on the same ranks, which hand the weights over. */
  async #goOnWith(model: OpenModel, optimizer?: OptimizerSpec): Promise<void> {
    const before = this.core;
    const { choose, ...division } = before.resolved;
    const resolved = {
      ...division,
      ...(choose !== undefined && !before.workers.isFixed && { choose }),
      ...(optimizer !== undefined && { optimizer }),
      workersReason: before.workers.reason,
    };
    const core = new TrainerCore(model, resolved, before);
    before.forgetFit();
    core.state.epochsTrained = before.state.epochsTrained;
    core.vectors.initialize(new Map(), new Set(before.vectors.names));
    if (optimizer === undefined) {
      core.vectors.takeMoments(before.vectors);
      core.state.step = before.state.step;
      core.runtime.learningRate = before.runtime.learningRate;
    }
    this.core = core;
    await before.close();
  }
}

/** Tells of the functions that are called for whole batches, but those of before. */
export function announceFunctions({ model, runtime }: TrainerCore, before: CalledFunctions = new Map()): void {
  for (const [name, { what, reason }] of model.functions) {
    if (!before.has(name)) runtime.tell({ event: 'calledFunction', function: name, what, reason });
  }
}
