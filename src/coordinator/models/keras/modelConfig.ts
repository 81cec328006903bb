import type { LayerDescription, ModelDescription, NodeDescription } from '../../compiler/lower/description.js';
import type { Json } from '../kerasCalls.js';
import { type Member, membersInOrder, readsMask } from './graphOfDescription.js';
import { layerOfKeras, notInKeras } from './layerConfig.js';

/** A model as Keras 3 serialises it, and which of its layers is which. */
export interface WrittenModel {
  readonly config: Json;
  /** The description of a layer of the config, by its name there; undefined for an input. */
  layerOf(name: string): LayerDescription | undefined;
}

/** Writes a model: Sequential where it is a chain of layers, else Functional. */
export function modelOfKeras(model: ModelDescription): WrittenModel {
  return new ModelWriter(model).write();
}

class ModelWriter {
  readonly #model: ModelDescription;
  readonly #names = new Names();
  readonly #inputNames: readonly string[];
  readonly #layerNames: readonly string[];
  /** What makes each value: the name of a layer, the number of its call and of the output. */
  readonly #makers: (readonly [string, number, number])[];

  constructor(model: ModelDescription) {
    this.#model = model;
    this.#inputNames = model.inputs.map(({ name }) => this.#names.own(name));
    this.#layerNames = model.layers.map(({ name }) => this.#names.own(name));
    this.#makers = this.#inputNames.map((name) => [name, 0, 0]);
    const calls = model.layers.map(() => 0);
    for (const { layer, outputShapes } of model.nodes) {
      const call = calls[layer]++;
      for (let i = 0; i < outputShapes.length; i++) this.#makers.push([this.#layerNames[layer], call, i]);
    }
  }

  write(): WrittenModel {
    const { layers } = this.#model;
    const byName = new Map(layers.map((layer, i) => [this.#layerNames[i], layer]));
    const config = this.#isChain() ? this.#sequential() : this.#functional();
    return { config, layerOf: (name) => byName.get(name) };
  }

  /** Whether each layer is called once, with what the one before it has made. */
  #isChain(): boolean {
    const { inputs, layers, nodes, outputs } = this.#model;
    const isNext = ({ inputs: read, outputShapes, layer }: NodeDescription, i: number): boolean =>
      read.length === 1 && read[0] === i && outputShapes.length === 1 && layer === i && !takesList(layers[layer]);
    return inputs.length === 1 && outputs.length === 1 && outputs[0].value === nodes.length && nodes.every(isNext);
  }

  #sequential(): Json {
    const layers = [this.#input(0), ...this.#model.layers.map((_, i) => this.#layer(i))];
    return { module: 'keras', class_name: 'Sequential', config: { name: this.#title, layers }, registered_name: null };
  }

  #functional(): Json {
    const { inputs, outputs } = this.#model;
    const layers = membersInOrder(this.#model).map((member) => this.#member(member));
    const config = {
      name: this.#title,
      trainable: true,
      layers,
      input_layers: oneOrAll(inputs.map((_, i) => [this.#inputNames[i], 0, 0])),
      output_layers: oneOrAll(outputs.map(({ value }) => this.#makers[value])),
    };
    return { module: 'keras.src.models.functional', class_name: 'Functional', config, registered_name: null };
  }

  get #title(): string {
    return this.#model.name.replaceAll('/', '_');
  }

  #member(member: Member): Json {
    if ('input' in member)
      return { ...this.#input(member.input), name: this.#inputNames[member.input], inbound_nodes: [] };
    const calls = this.#model.nodes.filter(({ layer }) => layer === member.layer);
    const inbound_nodes = calls.map((call) => this.#call(call));
    return { ...this.#layer(member.layer), name: this.#layerNames[member.layer], inbound_nodes };
  }

  #input(number: number): Json {
    const config = {
      batch_shape: [null, ...this.#model.inputs[number].shape],
      dtype: 'float32',
      name: this.#inputNames[number],
    };
    return { module: 'keras.layers', class_name: 'InputLayer', config, registered_name: null };
  }

  #layer(number: number): Json {
    return layerOfKeras(this.#model.layers[number], this.#layerNames[number]);
  }

  #call(node: NodeDescription): Json {
    const { layer: number, inputs, inputShapes } = node;
    const layer = this.#model.layers[number];
    const tensors = inputs.map((value, i) => tensorOf(this.#makers[value], inputShapes[i]));
    const causal = layer.config.useCausalMask === true ? { use_causal_mask: true } : {};
    if (takesList(layer)) return { args: [tensors], kwargs: causal };
    if (!isRecurrent(layer)) return { args: tensors, kwargs: causal };
    const [sequence, ...states] = tensors;
    // Keras passes no mask on to a layer of several inputs.
    if (states.length > 0 && readsMask(this.#model, node))
      throw notInKeras(`layer that is given a mask and states by its inputs alone, as ${layer.name} is`);
    return { args: [sequence], kwargs: states.length === 0 ? {} : { initial_state: states } };
  }
}

const MERGING: ReadonlySet<string> = new Set([
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot'],
]);

/** A layer that is called with a list of tensors. */
const takesList = ({ type }: LayerDescription): boolean => MERGING.has(type);

const isRecurrent = ({ type }: LayerDescription): boolean =>
  ['LSTM', 'GRU', 'SimpleRNN', 'Bidirectional'].includes(type);

/** A model of one input takes it alone, not in a list. */
const oneOrAll = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0] : list);

function tensorOf(history: readonly unknown[], shape: readonly number[]): Json {
  return {
    class_name: '__keras_tensor__',
    config: { shape: [null, ...shape], dtype: 'float32', keras_history: history },
  };
}

/** Names without what Keras does not allow in them, each once. */
class Names {
  readonly #taken = new Set<string>();

  own(wanted: string): string {
    const base = wanted.replaceAll('/', '_');
    let name = base;
    for (let i = 1; this.#taken.has(name); i++) name = `${base}_${i}`;
    this.#taken.add(name);
    return name;
  }
}
