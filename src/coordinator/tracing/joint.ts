import { userError } from '../../shared/errors.js';
import type { JointFunction, TensorFunction } from './trace.js';

/** What was given to `jointLoss`, by what it returned. */
const joint = new WeakMap<object, JointFunction>();

/**
 * One loss over all outputs of a model, such as that of a variational autoencoder, which is a reconstruction's error and a divergence.
 * What it returns is the option `loss` of a trainer, or of `compile`.
 *
 * @param loss A function of the targets and of the predictions of all outputs, in their order: float32 tensors of shape
 * [rows, …output]. It returns a number for each row, several, whose mean counts, or the mean over all rows. Targets that it does not
 * read need not be given, but for those of the first output, whose `sampleWeight` is that of the rows.
 * @returns A function that TensorFlow.js takes as a loss when it compiles a model, and that throws `JOINT_LOSS` when TensorFlow.js
 * itself calls it for one output.
 */
export function jointLoss(loss: JointFunction): TensorFunction {
  const name = loss.name || 'loss';
  const single: TensorFunction = () => {
    throw userError(
      'JOINT_LOSS',
      `The loss ${name} is one over all outputs, and TensorFlow.js computes losses of one output each; train or evaluate by a trainer, or by what parallel returned after its first training.`,
    );
  };
  Object.defineProperty(single, 'name', { value: name });
  joint.set(single, loss);
  return single;
}

/** The loss over all outputs that a function stands for; undefined for one of a single output. */
export function jointOf(given: unknown): JointFunction | undefined {
  return typeof given === 'function' ? joint.get(given) : undefined;
}
