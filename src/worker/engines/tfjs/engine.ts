import { LockstepError, userError } from '../../../shared/errors.js';
import type { Pass } from '../../../shared/kernels/pass.js';
import { findAddon } from '../../../shared/native/addon.js';
import { nativeGap } from '../../../shared/native/coverage.js';
import type { PlacedProgram, StageName } from '../../../shared/program/program.js';
import type { LayersEngineName } from '../../../shared/protocol/messages.js';
import type { Engine, EngineInput } from '../engine.js';
import { createNativeEngine } from '../native.js';
import { createReferenceEngine } from '../reference.js';
import { loadBackend } from './backend.js';
import { gradientPass } from './gradient.js';
import { inferencePass } from './inference.js';
import { moveWeights } from './moving.js';
import { openRankModel } from './rankModel.js';

/**
 * The engine for any LayersModel: TensorFlow.js computes the model and its gradients, one shard at a time; gathering,
 * losses, metrics, reduce and update are the kernels that every other program uses.
 */
export async function createLayersEngine(
  name: LayersEngineName,
  input: EngineInput,
  program: PlacedProgram,
): Promise<Engine> {
  await loadBackend(name);
  const kernels = createKernels(input, program);
  const model = await openRankModel(program, input.memory);
  const { stages } = program;
  const run = (stage: StageName, segment: number, pass: Pass): void => {
    // The pass forward has done this already, shard by shard.
    if (stage === 'backward') return;
    if (stage === 'averages') {
      moveWeights(model, pass);
      return;
    }
    if (segment < stages[stage].length - 1) {
      kernels.run(stage, segment, pass);
      return;
    }
    model.takeWeights();
    if (isTraining(stage)) {
      gradientPass(model, pass, isWeighted(stage), (shard) => {
        kernels.run(stage, segment, shard);
        for (let i = 0; i < stages.backward.length; i++) kernels.run('backward', i, shard);
      });
    } else {
      const measured = stage === 'prediction' ? null : { weighted: isWeighted(stage) };
      inferencePass(model, pass, () => kernels.run(stage, segment, pass), measured);
    }
  };
  return {
    ...kernels,
    run: (stage, segment, pass) => blaming(pass.step, () => run(stage, segment, pass)),
    dispose: () => model.dispose(),
  };
}

/** What TensorFlow.js cannot do with a model it cannot do another time either: no fault of the rank. */
function blaming(step: number, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    const { message } = error as Error;
    throw userError(
      'TENSORFLOW_REFUSED',
      `TensorFlow.js cannot compute the model at step ${step}: ${message}; use engine native or reference where all layers lower, or other layers.`,
      error,
    );
  }
}

function isTraining(stage: StageName): boolean {
  return stage === 'forward' || stage === 'weightedForward';
}

function isWeighted(stage: StageName): boolean {
  return stage === 'weightedForward' || stage === 'weightedEvaluation';
}

/** The native kernels where they load and have the program's losses and metrics, else those in TypeScript. */
function createKernels(input: EngineInput, program: PlacedProgram): Engine {
  const { addon } = findAddon();
  const native = addon !== null && nativeGap(addon, program) === null;
  return native ? createNativeEngine(input) : createReferenceEngine(input);
}
