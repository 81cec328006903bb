import { isEntrance } from '../coordinator/models/kerasConfig.js';
import { describeEvent, type TrainerEvent } from '../coordinator/options/events.js';
import { lossesOf } from '../coordinator/options/objectives.js';
import type { EngineChoice, LayerConfig, ModelSource, TrainerOptions } from '../coordinator/options/trainerOptions.js';
import { Trainer } from '../coordinator/trainer.js';
import { LockstepError } from '../shared/errors.js';
import { listCheckpoints } from './checkpoints.js';
import type { RunConfig } from './config/schema.js';
import type { DataRequest, ModelShapes } from './data/format.js';
import { formatOf } from './data/formats.js';
import type { RunEvent } from './events.js';
import { runPaths } from './paths.js';
import type { RunDirectory } from './runDirectory.js';

/** A trainer for a new run, or one that stands where the newest good checkpoint of a resumed run does. */
export async function openTrainer(
  config: RunConfig,
  place: RunDirectory,
  tell: (event: RunEvent) => void,
): Promise<Trainer> {
  const run = { ...config.run, engine: resolveEngine(config, place, tell) };
  const paths = place.kind === 'resumed' ? await listCheckpoints(runPaths(place.directory).checkpoints) : [];
  const onEvent = (event: TrainerEvent): void => tell({ event: 'warning', message: describeEvent(event) });
  const { workers, engine } = run;
  const modules = config.model.modules ?? [];
  for (const path of paths) {
    try {
      return await Trainer.resume(path, { workers, batchSize: config.fit.batchSize, engine, modules, onEvent });
    } catch (error) {
      if (!isDamaged(error) || path === paths[paths.length - 1]) throw error;
      tell({ event: 'warning', message: `${(error as Error).message} Going on from the one before it.` });
    }
  }
  return Trainer.create(modelSource(config), { ...trainerOptions({ ...config, run }), onEvent });
}

/** A run keeps its engine, as two engines agree only up to rounding; another one has to be asked for. */
function resolveEngine({ run }: RunConfig, { stored }: RunDirectory, tell: (event: RunEvent) => void): EngineChoice {
  if (stored === undefined || run.engine === stored.run.engine) return run.engine;
  if (run.engine === 'auto') return stored.run.engine;
  const engines = `engine ${run.engine} instead of ${stored.run.engine}`;
  tell({
    event: 'warning',
    message: `The run goes on with ${engines}, so its last bits will differ from an uninterrupted run.`,
  });
  return run.engine;
}

/** The model of a config as the trainer takes it. */
export function modelSource({ model }: RunConfig): ModelSource {
  const { layers, inputs, outputs, path } = model;
  if (layers === undefined) return path as string;
  const isFunctional = inputs !== undefined || outputs !== undefined || layers.some(isPlacedInGraph);
  return isFunctional ? { layers, ...(inputs && { inputs }), ...(outputs && { outputs }) } : layers;
}

function isPlacedInGraph({ type, className, inputs, shared }: LayerConfig): boolean {
  return inputs !== undefined || shared !== undefined || isEntrance(String(type ?? className));
}

/** What a config asks of its data. */
export function dataRequest<M extends ModelShapes>(config: RunConfig, model: M): DataRequest<M> {
  return { ...shapelessRequest(config), model };
}

function shapelessRequest({ compile, fit, run }: RunConfig): Omit<DataRequest, 'model'> {
  const { validationSplit } = fit;
  const losses = lossesOf(compile.loss);
  return { losses, seed: run.seed, ...(validationSplit !== undefined && { validationSplit }) };
}

/** A config whose model has the shape of its input from the data, where it is a chain of layers that leaves it out. */
export async function withInputShape(config: RunConfig): Promise<RunConfig> {
  const { layers, inputs, outputs } = config.model;
  const { inputShape } = formatOf(config.data);
  if (layers === undefined || inputs !== undefined || outputs !== undefined || inputShape === undefined) return config;
  const [first, ...others] = layers;
  if (layers.some(isPlacedInGraph) || SHAPES.some((key) => first[key] !== undefined)) return config;
  const shape = await inputShape(config.data, shapelessRequest(config));
  return { ...config, model: { ...config.model, layers: [{ ...first, inputShape: shape }, ...others] } };
}

/** What tells the shape of a first layer's input. */
const SHAPES = ['inputShape', 'batchInputShape', 'inputDim', 'batchShape', 'shape'];

/** The trainer's options in a config. */
export function trainerOptions({ model, compile, fit, run }: RunConfig): TrainerOptions {
  const { workers, shards, engine, seed } = run;
  return {
    ...compile,
    workers,
    batchSize: fit.batchSize,
    ...(shards !== undefined && { shards }),
    engine,
    seed,
    initialWeights: model.initialWeights,
    ...(model.modules !== undefined && { modules: model.modules }),
  };
}

function isDamaged(error: unknown): boolean {
  return (
    error instanceof LockstepError &&
    ['DAMAGED_CHECKPOINT', 'NOT_A_CHECKPOINT', 'UNREADABLE_CHECKPOINT'].includes(error.code)
  );
}
