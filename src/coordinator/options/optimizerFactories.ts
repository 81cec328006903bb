import type { OptimizerSpec, OptimizerSpecOf } from '../../shared/optimizers/optimizers.js';
import { read } from './optimizers.js';

/** Keras's spellings of options whose names differ. */
export interface KerasSpellings {
  readonly lr?: number;
  readonly learning_rate?: number;
  readonly beta_1?: number;
  readonly beta_2?: number;
  readonly initial_accumulator_value?: number;
  readonly global_clipnorm?: number;
  readonly weight_decay?: number;
  readonly use_ema?: boolean;
  readonly ema_momentum?: number;
  readonly ema_overwrite_frequency?: number;
  readonly gradient_accumulation_steps?: number;
}

/** Options of an optimizer, with Keras's defaults for those left out. */
export type OptimizerOptions<S extends OptimizerSpec = OptimizerSpec> = Partial<Omit<S, 'kind'>> & KerasSpellings;
export type SgdOptions = OptimizerOptions<OptimizerSpecOf<'sgd'>>;
export type RmspropOptions = OptimizerOptions<OptimizerSpecOf<'rmsprop'>>;
export type AdagradOptions = OptimizerOptions<OptimizerSpecOf<'adagrad'>>;
export type AdadeltaOptions = OptimizerOptions<OptimizerSpecOf<'adadelta'>>;
export type AdamOptions = OptimizerOptions<OptimizerSpecOf<'adam'>>;
export type AdamWOptions = OptimizerOptions<OptimizerSpecOf<'adamw'>>;
export type AdamaxOptions = OptimizerOptions<OptimizerSpecOf<'adamax'>>;
export type NadamOptions = OptimizerOptions<OptimizerSpecOf<'nadam'>>;
export type LionOptions = OptimizerOptions<OptimizerSpecOf<'lion'>>;
export type FtrlOptions = OptimizerOptions<OptimizerSpecOf<'ftrl'>>;
export type ScheduleFreeAdamWOptions = OptimizerOptions<OptimizerSpecOf<'schedulefreeadamw'>>;
export type LambOptions = OptimizerOptions<OptimizerSpecOf<'lamb'>>;
export type AdafactorOptions = OptimizerOptions<OptimizerSpecOf<'adafactor'>>;

/**
 * Stochastic gradient descent as in Keras: learningRate 0.01, `momentum` 0, optionally Nesterov's; `velocityOf` 'steps', or
 * 'gradients' as in TensorFlow.js and PyTorch, which multiply a velocity by the rate when it is applied. All optimizers take
 * Keras's `decay` (the rate of step t, from 0, is divided by 1 + decay · t), a `schedule`, one of `clipnorm`,
 * `globalClipnorm` and `clipvalue`, `weightDecay`, `useEma` and `gradientAccumulationSteps`, and throw a
 * `LockstepError` that names an option which is unknown or out of range. See docs/optimizers.md.
 */
export function sgd(options: SgdOptions = {}): OptimizerSpecOf<'sgd'> {
  return read('sgd', options);
}

/**
 * RMSprop (Hinton, 2012): learningRate 0.001, rho 0.9, momentum 0, epsilon 1e-7, centered false; `centeredEpsilon` 'added', or
 * 'subtracted' as in TensorFlow.js.
 */
export function rmsprop(options: RmspropOptions = {}): OptimizerSpecOf<'rmsprop'> {
  return read('rmsprop', options);
}

/** Adagrad (Duchi, Hazan and Singer, 2011): learningRate 0.001, initialAccumulatorValue 0.1, epsilon 1e-7. */
export function adagrad(options: AdagradOptions = {}): OptimizerSpecOf<'adagrad'> {
  return read('adagrad', options);
}

/**
 * Adadelta (Zeiler, 2012): learningRate 0.001, rho 0.95, epsilon 1e-7; `divisor` 'updated', the average that has the gradient in
 * it, or 'previous', that from before, as in TensorFlow.js.
 */
export function adadelta(options: AdadeltaOptions = {}): OptimizerSpecOf<'adadelta'> {
  return read('adadelta', options);
}

/**
 * Adam (Kingma and Ba, 2015) as in Keras 2: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7; `amsgrad` (Reddi et
 * al., 2018) uses the running maximum of v. `epsilonPlacement` 'uncorrected' adds epsilon to √v; 'corrected' to √v̂, the root that is
 * corrected for its bias, as in TensorFlow.js and PyTorch.
 */
export function adam(options: AdamOptions = {}): OptimizerSpecOf<'adam'> {
  return read('adam', options);
}

/** AdamW (Loshchilov and Hutter, 2019): Adam with a decoupled weightDecay of 0.004. */
export function adamW(options: AdamWOptions = {}): OptimizerSpecOf<'adamw'> {
  return read('adamw', options);
}

/** Adamax (Kingma and Ba, 2015): learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
export function adamax(options: AdamaxOptions = {}): OptimizerSpecOf<'adamax'> {
  return read('adamax', options);
}

/** Nadam (Dozat, 2016): learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. */
export function nadam(options: NadamOptions = {}): OptimizerSpecOf<'nadam'> {
  return read('nadam', options);
}

/** Lion (Chen et al., 2023): learningRate 0.001, beta1 0.9, beta2 0.99. */
export function lion(options: LionOptions = {}): OptimizerSpecOf<'lion'> {
  return read('lion', options);
}

/**
 * FTRL-Proximal (McMahan et al., 2013): learningRate 0.001, learningRatePower −0.5, initialAccumulatorValue 0.1,
 * `l1RegularizationStrength`, `l2RegularizationStrength`, `l2ShrinkageRegularizationStrength` and `beta` 0.
 */
export function ftrl(options: FtrlOptions = {}): OptimizerSpecOf<'ftrl'> {
  return read('ftrl', options);
}

/**
 * Schedule-free AdamW (Defazio et al., 2024): learningRate 0.0025, beta1 0.9, beta2 0.999, epsilon 1e-8, warmupSteps 0. The
 * weights are those that gradients are taken at, in `evaluate` and `predict` too, as in Keras 3.15.1.
 */
export function scheduleFreeAdamW(options: ScheduleFreeAdamWOptions = {}): OptimizerSpecOf<'schedulefreeadamw'> {
  return read('schedulefreeadamw', options);
}

/** LAMB (You et al., 2020): learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7. Each weight is updated by one rank. */
export function lamb(options: LambOptions = {}): OptimizerSpecOf<'lamb'> {
  return read('lamb', options);
}

/**
 * Adafactor (Shazeer and Stern, 2018): learningRate 0.001, beta2Decay −0.8, epsilon1 1e-30, epsilon2 0.001, clipThreshold 1,
 * relativeStep true. The last two axes of a weight are factored; each weight is updated by one rank.
 */
export function adafactor(options: AdafactorOptions = {}): OptimizerSpecOf<'adafactor'> {
  return read('adafactor', options);
}
