import { z } from 'zod';
import { isUrl } from '../../shared/givenPath.js';
import type { TensorFunction } from '../tracing/trace.js';
import type { TrainerEvent } from './events.js';
import { callable, flag, nonNegative, oneOf, upToOne, wholeNumber } from './fields.js';
import { engineNames } from './names.js';
import type { SharingTrainer, TrainerOptions } from './trainerOptions.js';
import { hasMethod } from './values.js';

/**
 * The options of a trainer as schemas, with their defaults: the library and configs read the same ones. What outputs are
 * trained for depends on the model; objectives.ts reads it, and optimizers.ts the optimizer.
 */

/** Rows of one global batch, wherever nobody says. */
export const BATCH_SIZE = 32;

/** Ample for every machine; memory and planning grow with them. */
const MOST_SHARDS = 65_536;

const workersRule = 'auto or a whole number of at least 1';
const shardsRule = `a whole number from 1 to ${MOST_SHARDS}`;
const secondsRule = 'seconds above 0, or Infinity';
const modulesRule = 'a list of paths of modules';
const sharingRule = 'a trainer that Trainer.create or resume returned';

export const workers = () => z.union([z.literal('auto'), wholeNumber(1)], { error: workersRule });
export const shards = () =>
  z.int({ error: shardsRule }).min(1, { error: shardsRule }).max(MOST_SHARDS, { error: shardsRule });
export const batchSize = () => wholeNumber(1).default(BATCH_SIZE);
export const engine = () => oneOf(engineNames).default('auto');
export const seed = () => wholeNumber(0).default(0);
export const initialWeights = () => oneOf(['model', 'seed']);

const isPath = (given: unknown): boolean => (typeof given === 'string' && given !== '') || isUrl(given);
const modules = () =>
  z.array(z.custom<string | URL>(isPath, { error: modulesRule }), { error: modulesRule }).default([]);
const isTrainer = (given: unknown): boolean => hasMethod(given, 'weights') && 'workers' in given;
const anything = () => z.unknown().optional();

const trainerShape = {
  optimizer: anything(),
  loss: anything(),
  metrics: anything(),
  weightedMetrics: anything(),
  lossWeights: anything(),
  workers: workers().exactOptional(),
  batchSize: batchSize(),
  shards: shards().exactOptional(),
  engine: engine(),
  modules: modules(),
  seed: seed(),
  initialWeights: initialWeights().exactOptional(),
  profile: flag().default(false),
  maxRestarts: wholeNumber(0).default(3),
  stallLimit: z.custom<number>((given) => typeof given === 'number' && given > 0, { error: secondsRule }).default(60),
  heapLimit: wholeNumber(1).exactOptional(),
  shareWith: z.custom<SharingTrainer>(isTrainer, { error: sharingRule }).exactOptional(),
  onEvent: callable<(event: TrainerEvent) => void>('a function of events').exactOptional(),
} satisfies Record<keyof TrainerOptions, z.ZodType>;

/** Of `Trainer.create` and `describe`. */
export const trainerSchema = z.strictObject(trainerShape);

export type TrainerFields = z.output<typeof trainerSchema>;

/** Of `Trainer.resume`: nothing here changes a bit of the result. */
export const resumeSchema = trainerSchema
  .pick({
    workers: true,
    batchSize: true,
    engine: true,
    modules: true,
    profile: true,
    maxRestarts: true,
    stallLimit: true,
    heapLimit: true,
    onEvent: true,
    shareWith: true,
  })
  .extend({
    averaged: flag().default(false),
    functions: z.record(z.string(), callable<TensorFunction>('a function of tensors')).default({}),
  });

export type ResumeFields = z.output<typeof resumeSchema>;

/** Of `resize`. */
export const resizeSchema = z.strictObject({ workers: wholeNumber(1) });

/** Of `recompile`. */
export const recompileSchema = trainerSchema.pick({
  optimizer: true,
  loss: true,
  metrics: true,
  weightedMetrics: true,
  lossWeights: true,
});

/** Of `copyWeights`. */
export const copyWeightsSchema = z.strictObject({ tau: upToOne().default(1) });

/** Of the setter `learningRate`. */
export const learningRateSchema = z.strictObject({ learningRate: nonNegative() });

/** Of `save`. */
export const saveSchema = z.strictObject({ includeOptimizer: flag().exactOptional() });
