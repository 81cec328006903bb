import {
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamW,
  ftrl,
  lamb,
  lion,
  nadam,
  type OptimizerSpec,
  rmsprop,
  scheduleFreeAdamW,
  sgd,
} from '../../src/index.js';
import type { UpdateCall } from '../../src/shared/kernels/updateCall.js';
import { ruleOf } from '../../src/shared/optimizers/updateRules.js';

/** Every optimizer in every form its own arguments give it: the table that drives all their tests. */
export const optimizerCases: Readonly<Record<string, OptimizerSpec>> = {
  SGD: sgd({ learningRate: 0.1, decay: 0.01 }),
  'SGD with momentum': sgd({ learningRate: 0.05, momentum: 0.9 }),
  'SGD with Nesterov momentum': sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, decay: 0.01 }),
  'SGD with velocities of gradients': sgd({ learningRate: 0.05, momentum: 0.9, velocityOf: 'gradients', decay: 0.01 }),
  'SGD with Nesterov velocities of gradients': sgd({
    ...{ learningRate: 0.05, momentum: 0.9, nesterov: true },
    ...{ velocityOf: 'gradients', decay: 0.01 },
  }),
  RMSprop: rmsprop({ learningRate: 0.01 }),
  'RMSprop with momentum': rmsprop({ learningRate: 0.01, momentum: 0.8 }),
  'RMSprop, centered, with momentum': rmsprop({ learningRate: 0.01, momentum: 0.8, centered: true, epsilon: 1e-3 }),
  'RMSprop, centered, epsilon subtracted': rmsprop({
    ...{ learningRate: 0.01, momentum: 0.8, centered: true },
    ...{ epsilon: 1e-6, centeredEpsilon: 'subtracted' },
  }),
  Adagrad: adagrad({ learningRate: 0.1 }),
  Adadelta: adadelta({ learningRate: 0.5 }),
  'Adadelta that divides by the previous average': adadelta({ learningRate: 0.5, epsilon: 1e-4, divisor: 'previous' }),
  Adam: adam({ learningRate: 0.01, decay: 1e-3 }),
  'Adam with amsgrad': adam({ learningRate: 0.01, beta2: 0.9, amsgrad: true }),
  'Adam, epsilon beside the corrected root': adam({ learningRate: 0.01, epsilon: 1e-3, epsilonPlacement: 'corrected' }),
  AdamW: adamW({ learningRate: 0.01, weightDecay: 0.1 }),
  Adamax: adamax({ learningRate: 0.01 }),
  Nadam: nadam({ learningRate: 0.01 }),
  Lion: lion({ learningRate: 0.01 }),
  FTRL: ftrl({ learningRate: 0.1, l1RegularizationStrength: 1e-3, l2RegularizationStrength: 1e-2, beta: 0.1 }),
  'FTRL of another power, with shrinkage': ftrl({
    ...{ learningRate: 0.1, learningRatePower: -0.7, l2ShrinkageRegularizationStrength: 0.01 },
  }),
  'Schedule-free AdamW': scheduleFreeAdamW({ learningRate: 0.01, warmupSteps: 3, weightDecay: 0.1 }),
  LAMB: lamb({ learningRate: 0.01, weightDecay: 0.1 }),
  Adafactor: adafactor({ learningRate: 0.1 }),
};

/** Where an update works: arena offsets of parameters, gradient and the optimizer's own vectors, and the slice. */
export type UpdatePlaces = Pick<UpdateCall, 'parameters' | 'gradient' | 'vectors' | 'from' | 'to'>;

/** The call of update number `update` at the optimizer's own rate, with its decay of rate and weights, of a weight of that shape. */
export function callOf(
  spec: OptimizerSpec,
  places: UpdatePlaces,
  update: number,
  shape: readonly number[] = [places.to - places.from],
): UpdateCall {
  const rate = spec.learningRate / (1 + spec.decay * update);
  const rule = ruleOf(spec);
  return {
    ...places,
    gradientScale: 1,
    clip: spec.clipvalue ?? Number.POSITIVE_INFINITY,
    weightLoss: rate * (spec.weightDecay ?? 0),
    scalars: [...rule.scalars(spec, rate, update), ...(rule.shapeScalars?.(shape) ?? [])],
  };
}
