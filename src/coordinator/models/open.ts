import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import { givenPath, isUrl } from '../../shared/givenPath.js';
import { exportedFunction, importModules, type ModuleExports } from '../../shared/modules.js';
import type { Parameter } from '../../shared/program/parameter.js';
import { initialize } from '../../shared/random/initializers.js';
import { Draws, type Seed, seedHalves } from '../../shared/random/rng.js';
import { modelFromTopology, type Topology } from '../../shared/tfjs/buildModel.js';
import { discard } from '../../shared/tfjs/discard.js';
import { specOf } from '../../shared/tfjs/withheld.js';
import { type ModelDescription, sizeOf } from '../compiler/lower/description.js';
import { findLowering, lowerLayerOf } from '../compiler/lower/index.js';
import type { FunctionalConfig, LayerConfig, ModelSource, TrainerOptions } from '../options/trainerOptions.js';
import { isPlain, show } from '../options/values.js';
import type { CalledFunctions } from '../tracing/called.js';
import type { BuiltModel, WeightedModel } from './built.js';
import { compilationOf, compilationOfKeras } from './compiled/compilation.js';
import { drawLayer } from './drawLayer.js';
import { modelFromGraph } from './fromGraph.js';
import { modelFromLayers } from './fromLayers.js';
import { withFrozenLayers } from './frozen.js';
import { graphOfKeras, isKerasModel, nameOfKeras } from './kerasGraph.js';
import { loadModel } from './load.js';
import { leavesLengthsOpen, OpenLengths, plannedTopology } from './openLengths.js';
import { type ModelPlan, type PlanOptions, planModel } from './planModel.js';
import { requireReadBack } from './readBack.js';
import { topologyOf } from './topology.js';

/** A model as the trainer keeps it: plain data, with its initial weights by name. */
export interface OpenModel extends ModelPlan {
  /** The lengths of rows that the model leaves open; null where it has one shape. */
  readonly lengths: OpenLengths | null;
  readonly topology: Topology;
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Losses and metrics that are called for whole batches, by their names in the program. */
  readonly functions: CalledFunctions;
  /** The trained weights, in the order in which TensorFlow.js has them. */
  readonly trained: readonly Parameter[];
}

/** A model as it was given, built. */
export type GivenModel = WeightedModel & Disposable;

/** Builds whatever the user gave as a model, with layers that modules (URLs) register. */
export async function readModel(source: ModelSource, modules: readonly string[]): Promise<GivenModel> {
  await importModules(modules);
  const { own, ...built } = await buildModel(source);
  return {
    ...built,
    [Symbol.dispose]: () => {
      if (own) discard(built.model);
    },
  };
}

/** Plans a model and resolves its initial weights. */
export async function openModel(
  { hasWeights, weights: given, ...built }: GivenModel,
  initialWeights: TrainerOptions['initialWeights'],
  { seed, ...options }: PlanOptions & { readonly seed: number },
): Promise<OpenModel> {
  const { topology: planned, ...plan } = await planFor(built, options);
  requireFunctions(plan, await importModules(options.modules), options);
  const fromSeed = !hasWeights || initialWeights === 'seed';
  const weights = fromSeed ? drawWeights(plan.description, seedHalves(seed)) : (given ?? copyWeights(built.model));
  const topology = withFrozenLayers(built.topology, plan.description);
  await requireReadBack(withFrozenLayers(planned, plan.description), plan.description);
  const trained = inTheirOrder(built.trained ?? built.model.trainableWeights, plan);
  return { ...plan, topology, weights, functions: options.functions ?? new Map(), trained };
}

/** Opens a stored topology; its weights, of `elements` elements at most, come from elsewhere. */
export async function openTopology(topology: Topology, elements: number, options: PlanOptions): Promise<OpenModel> {
  const exports = await importModules(options.modules);
  const model = await modelFromTopology(topology, elements);
  const plan = await planFor({ model, topology }, options);
  requireFunctions(plan, exports, options);
  const trained = inTheirOrder(model.trainableWeights, plan);
  discard(model);
  return { ...plan, topology, weights: new Map(), functions: options.functions ?? new Map(), trained };
}

/** Plans an open model anew: with other layers trained, or for other objectives. */
export async function replan(
  { topology, description, objectives, functions }: OpenModel,
  changes: Partial<Pick<OpenModel, 'topology' | 'objectives' | 'functions'>>,
  { engine, modules }: Pick<PlanOptions, 'engine' | 'modules'>,
): Promise<OpenModel> {
  const elements = description.layers
    .flatMap(({ weights }) => weights)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const objectivesOf = () => changes.objectives ?? objectives;
  const called = changes.functions ?? functions;
  return openTopology(changes.topology ?? topology, elements, { engine, modules, objectivesOf, functions: called });
}

/** Plans a model, and with it the lengths that it leaves open. `topology`: the model's, of the rows that it is planned for. */
async function planFor(
  built: BuiltModel,
  options: PlanOptions,
): Promise<ModelPlan & Pick<OpenModel, 'topology' | 'lengths'>> {
  if (!leavesLengthsOpen(built.model)) return { ...planModel(built, options), topology: built.topology, lengths: null };
  const topology = plannedTopology(built);
  const model = await modelFromTopology(topology);
  const plan = planModel({ model, topology }, options);
  discard(model);
  const same = { ...options, engine: plan.engine.name };
  return { ...plan, topology, lengths: new OpenLengths(built, (one) => planModel(one, same).program) };
}

function inTheirOrder(weights: Iterable<{ readonly originalName: string }>, { program }: ModelPlan): Parameter[] {
  const byName = new Map(program.parameters.map((parameter) => [parameter.name, parameter]));
  return [...weights].flatMap(({ originalName }) => byName.get(originalName) ?? []);
}

/** Losses and metrics that modules should export have to be there before ranks start. */
function requireFunctions({ program }: ModelPlan, exports: ModuleExports, { modules }: PlanOptions): void {
  for (const { name } of program.network?.functions ?? []) exportedFunction(name, exports, modules);
}

/** `own`: whether the model was built here and may be disposed of. */
async function buildModel(source: ModelSource): Promise<WeightedModel & { own: boolean }> {
  const fromConfig = { own: true, hasWeights: false };
  if (typeof source === 'string' || isUrl(source)) return { ...(await loadModel(givenPath(source))), own: true };
  if (isKerasModel(source)) {
    const compilation = compilationOfKeras(source, 'The model');
    return { ...modelFromGraph(graphOfKeras(source), nameOfKeras(source)), ...fromConfig, compilation };
  }
  if (Array.isArray(source)) return { ...modelFromLayers(source as LayerConfig[], 'sequential'), ...fromConfig };
  if (isFunctionalConfig(source)) return { ...modelFromGraph(source, 'model'), ...fromConfig };
  const model = source as LayersModel;
  if (typeof model?.getClassName === 'function' && Array.isArray(model.layers)) {
    return {
      model,
      topology: topologyOf(model),
      compilation: compilationOf(model),
      own: false,
      hasWeights: true,
    };
  }
  throw userError(
    'INVALID_MODEL',
    `The model is ${show(source)}; give a tf.LayersModel, the path of a model.json, a list of layer configs, or { layers, inputs, outputs }.`,
  );
}

function isFunctionalConfig(source: ModelSource): source is FunctionalConfig {
  return isPlain(source) && Array.isArray(source.layers);
}

function copyWeights(model: LayersModel): Map<string, Float32Array> {
  return new Map(model.weights.map((weight) => [weight.originalName, Float32Array.from(weight.read().dataSync())]));
}

/** Draws every weight by its layer's initializer, keyed by the seed and the weight's number in the model. */
function drawWeights(model: ModelDescription, seed: Seed): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  model.layers.forEach((layer, position) => {
    const lowering = findLowering(layer.type);
    if (lowering === undefined && layer.weights.length > 0) {
      const node = model.nodes.find(({ layer }) => layer === position);
      const draws = new Draws(seed).at('network', 1 + weights.size, 0, 0);
      const drawn = drawLayer(layer, node?.inputShapes ?? [layer.inputShape], draws);
      for (const [index, { name }] of layer.weights.entries()) weights.set(name, drawn[index]);
      return;
    }
    const initializers = lowering?.initializers?.(layer.config, lowerLayerOf) ?? [];
    layer.weights.forEach(({ name, shape }, index) => {
      weights.set(name, initialize(specOf(initializers[index]), [...shape], seed, weights.size));
    });
  });
  return weights;
}
