import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import { partsOf } from '../../shared/tfjs/discard.js';
import { withWholeActivations } from '../../shared/tfjs/servingActivations.js';
import type { LayerDescription, ModelDescription, NodeDescription } from '../compiler/lower/description.js';
import type { TrainedWeights } from './built.js';
import { INSTEAD_OF_OPEN_LENGTH } from './openLengths.js';

type Layer = LayersModel['layers'][number];
type LayerNode = Layer['inboundNodes'][number];

/** A model within a model: its own layers take its place in the graph. */
type NestedModel = Layer & Pick<LayersModel, 'inputs' | 'outputs' | 'layers'>;

/** Looks at each layer in the order of the description's; throws for one that cannot be computed in the way that is planned. */
export type LayerCheck = (layer: Layer) => void;

/** Reads a Sequential or a functional model into plain data; models within it become part of its graph. */
export function describeModel(model: LayersModel, check?: LayerCheck, trained?: TrainedWeights): ModelDescription {
  return withWholeActivations(partsOf(model), () => read(model, check, trained));
}

function read(model: LayersModel, check?: LayerCheck, trained?: TrainedWeights): ModelDescription {
  const frozen = frozenLayers(model);
  const graph = new GraphReader((layer) => trainedWeightsOf(layer, !frozen.has(layer), trained), check);
  const inputs = model.inputs.map(({ shape }, i) => ({
    name: model.inputNames[i] ?? model.inputs[i].sourceLayer.name,
    shape: rowShape(model.inputNames[i], shape),
  }));
  const calls = new Calls(new Map(model.inputs.map(({ id }) => [id, graph.newValue()])));
  const names = ownNames(model.outputs.map(({ sourceLayer }, i) => model.outputNames[i] ?? sourceLayer.name));
  const outputs = model.outputs.map((tensor, i) => ({
    name: names[i],
    value: graph.valueOf(tensor, calls),
    shape: rowShape(model.outputNames[i], tensor.shape),
  }));
  if (graph.nodes.length === 0) {
    throw userError('EMPTY_MODEL', `Model ${model.name} has no layers; add at least one.`);
  }
  requireOwnNames(graph.layers);
  return { name: model.name, inputs, outputs, layers: graph.layers, nodes: graph.nodes };
}

/** A name that comes again gets a number, as outputs of one layer have one name in TensorFlow.js. */
export function ownNames(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}_${before}`;
  });
}

/** The values that one call of a model has made so far. */
class Calls {
  readonly #values: Map<number, number>;
  readonly #nodes = new Map<LayerNode, readonly number[]>();

  /** `inputs`: the value of each of the model's input tensors, by the tensor's id. */
  constructor(inputs: Map<number, number>) {
    this.#values = inputs;
  }

  input(tensor: SymbolicTensor): number | undefined {
    return this.#values.get(tensor.id);
  }

  has(node: LayerNode): boolean {
    return this.#nodes.has(node);
  }

  outputs(node: LayerNode, make: () => readonly number[]): readonly number[] {
    const made = this.#nodes.get(node) ?? make();
    this.#nodes.set(node, made);
    return made;
  }
}

/** Walks from the outputs to the inputs, so that every node comes after those it needs. */
class GraphReader {
  readonly layers: LayerDescription[] = [];
  readonly nodes: NodeDescription[] = [];
  readonly #positions = new Map<Layer, number>();
  readonly #trainingOf: (layer: Layer) => LayerTraining;
  readonly #check: LayerCheck | undefined;
  #values = 0;

  constructor(trainingOf: (layer: Layer) => LayerTraining, check: LayerCheck | undefined) {
    this.#trainingOf = trainingOf;
    this.#check = check;
  }

  newValue(): number {
    return this.#values++;
  }

  /** What a tensor depends on is read first, one after the other: a recursion along the graph would end at some depth. */
  valueOf(tensor: SymbolicTensor, calls: Calls): number {
    const awaited = [tensor];
    for (let last = awaited.at(-1); last !== undefined; last = awaited.at(-1)) {
      const before = calls.input(last) === undefined ? this.#firstUnknown(last, calls) : undefined;
      if (before !== undefined) awaited.push(before);
      else this.#read(awaited.pop() as SymbolicTensor, calls);
    }
    return this.#read(tensor, calls);
  }

  /** The first tensor that the maker of `tensor` reads and that has no value yet. */
  #firstUnknown({ sourceLayer, nodeIndex }: SymbolicTensor, calls: Calls): SymbolicTensor | undefined {
    const node = sourceLayer.inboundNodes[nodeIndex];
    if (calls.has(node)) return undefined;
    return node.inputTensors.find((input) => {
      const maker = input.sourceLayer.inboundNodes[input.nodeIndex];
      return calls.input(input) === undefined && !calls.has(maker);
    });
  }

  #read(tensor: SymbolicTensor, calls: Calls): number {
    const given = calls.input(tensor);
    if (given !== undefined) return given;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex];
    const outputs = calls.outputs(node, () => this.#call(layer, node, calls));
    return outputs[tensor.tensorIndex];
  }

  /** The values that a call of a layer makes. */
  #call(layer: Layer, node: LayerNode, calls: Calls): readonly number[] {
    const inputs = node.inputTensors.map((tensor) => this.#read(tensor, calls));
    if (isModel(layer)) return this.#callModel(layer, inputs);
    const shapes = (tensors: readonly SymbolicTensor[]) => tensors.map(({ shape }) => rowShape(layer.name, shape));
    const [inputShapes, outputShapes] = [shapes(node.inputTensors), shapes(node.outputTensors)];
    const position = this.#positionOf(layer, inputShapes[0], outputShapes[0]);
    this.nodes.push({ layer: position, inputs, inputShapes, outputShapes });
    return outputShapes.map(() => this.newValue());
  }

  #callModel(model: NestedModel, inputs: readonly number[]): readonly number[] {
    const calls = new Calls(new Map(model.inputs.map(({ id }, i) => [id, inputs[i]])));
    return model.outputs.map((tensor) => this.valueOf(tensor, calls));
  }

  #positionOf(layer: Layer, inputShape: number[], outputShape: number[]): number {
    const known = this.#positions.get(layer);
    if (known !== undefined) return known;
    this.#check?.(layer);
    const position = this.layers.push(describeLayer(layer, inputShape, outputShape, this.#trainingOf(layer))) - 1;
    this.#positions.set(layer, position);
    return position;
  }
}

/** The layers of every model that is frozen as a whole: of this one, or of one within it. */
function frozenLayers(model: Pick<LayersModel, 'layers' | 'trainable'>): Set<Layer> {
  const frozen = new Set<Layer>();
  for (const layer of model.layers) {
    const within = isModel(layer) ? leavesOf(layer) : [layer];
    if (!model.trainable || !layer.trainable) for (const leaf of within) frozen.add(leaf);
    if (isModel(layer)) for (const leaf of frozenLayers(layer)) frozen.add(leaf);
  }
  return frozen;
}

/** The layers of a model and of those within it. */
export function leavesOf(model: Pick<LayersModel, 'layers'>): Layer[] {
  return model.layers.flatMap((layer) => (isModel(layer) ? leavesOf(layer) : [layer]));
}

function isModel(layer: Layer): layer is NestedModel {
  return 'layers' in layer && 'inputs' in layer && 'outputs' in layer;
}

/** Whether a layer is trained, and which of its weights are. */
interface LayerTraining {
  readonly trainable: boolean;
  readonly weights: Layer['weights'];
}

/** What the layer says now, unless it is known which weights are `trained`; a layer without any of its own says it itself. */
function trainedWeightsOf(layer: Layer, trainable: boolean, trained?: TrainedWeights): LayerTraining {
  if (trained === undefined) return { trainable, weights: trainable ? layer.trainableWeights : [] };
  const weights = layer.weights.filter((weight) => trained.has(weight));
  const wasFrozen = layer.trainable && layer.trainableWeights.length > 0;
  return { trainable: weights.length > 0 || (trainable && !wasFrozen), weights };
}

function describeLayer(
  layer: Layer,
  inputShape: number[],
  outputShape: number[],
  { trainable, weights: trained }: LayerTraining,
): LayerDescription {
  return {
    name: layer.name,
    type: layer.getClassName(),
    config: { ...layer.getConfig(), trainable },
    inputShape,
    outputShape,
    weights: layer.weights.map((weight) => ({
      name: weight.originalName,
      shape: weight.shape as number[],
      trainable: trained.includes(weight),
      moving: trainable && !trained.includes(weight),
    })),
    trained: trained.length > 0,
  };
}

/** A layer's shape without the batch dimension; every other length must be known. */
function rowShape(layer: string, shape: unknown): number[] {
  const row = (shape as (number | null)[]).slice(1);
  if (row.some((length) => typeof length !== 'number')) {
    throw userError(
      'UNKNOWN_SHAPE',
      `Layer ${layer} has shape [${row.map((length) => length ?? 'null').join(', ')}] a row; give ${INSTEAD_OF_OPEN_LENGTH}.`,
    );
  }
  return row as number[];
}

/** Weights are known by name, to files and checkpoints too. */
function requireOwnNames(layers: readonly LayerDescription[]): void {
  const seen = new Set<string>();
  for (const layer of layers) {
    for (const { name } of layer.weights) {
      if (seen.has(name)) {
        throw userError(
          'DUPLICATE_NAME',
          `Two layers of the model have a weight named ${name}; give the layers, also those of models within the model, names of their own.`,
        );
      }
      seen.add(name);
    }
  }
}
