import { adadelta } from './adadelta.js';
import { adafactor } from './adafactor.js';
import { adagrad } from './adagrad.js';
import { adam, adamW } from './adam.js';
import { adamax } from './adamax.js';
import type { SpecOfDefinition, UpdateKernel } from './definition.js';
import { ftrl } from './ftrl.js';
import { lamb } from './lamb.js';
import { lion } from './lion.js';
import { nadam } from './nadam.js';
import { rmsprop } from './rmsprop.js';
import { scheduleFreeAdamW } from './scheduleFreeAdamW.js';
import { sgd } from './sgd.js';

/** Every optimizer. What configs, kernel tables and docs have of them follows from this list. */
export const optimizers = [
  ...[sgd, rmsprop, adagrad, adadelta, adam, adamW, adamax, nadam, lion],
  ...[ftrl, scheduleFreeAdamW, lamb, adafactor],
] as const;

type Optimizer = (typeof optimizers)[number];

/** An optimizer as plain data, with every argument resolved. */
export type OptimizerSpec = SpecOfDefinition<Optimizer>;

export type OptimizerKind = OptimizerSpec['kind'];

/** The spec of one kind. */
export type OptimizerSpecOf<K extends OptimizerKind> = Extract<OptimizerSpec, { kind: K }>;

/** The kernels that optimizers have, by name. */
export type OptimizerKernelName = Optimizer['kernel']['name'];

/** A table of the optimizers' kernels, each with what `entry` says of it. */
export function perKernel<T>(entry: (kernel: UpdateKernel<OptimizerKernelName>) => T): Record<OptimizerKernelName, T> {
  const table = {} as Record<OptimizerKernelName, T>;
  for (const { kernel } of optimizers) table[kernel.name] = entry(kernel);
  return table;
}

/** Keras's time decay: lr / (1 + decay · t), t steps taken before this one. */
export function decayed(learningRate: number, decay: number, step: number): number {
  return learningRate / (1 + decay * step);
}
