import { userError } from '../../shared/errors.js';
import type { FunctionalConfig, LayerConfig } from '../options/trainerOptions.js';
import {
  type Call,
  callsOf,
  classOf,
  configOf,
  endsOf,
  invalid,
  isOperation,
  isRecord,
  type Json,
  keyOf,
  nameOf,
  nodesOf,
  type Offsets,
  read,
  type Tensor,
} from './kerasCalls.js';
import { isEntrance } from './kerasConfig.js';
import { layerOfOperation, withoutMasks } from './kerasOperations.js';

/** Reads a model that Keras has serialised, with the models within it, as one graph in Lockstep's own form. */

/** More than any model has; the layers of a model within it count once for each of its calls. */
const MOST_CALLS = 20_000;
const MOST_NESTED = 32;

/** Keys of a model's config that only Keras writes. */
const KEYS = ['input_layers', 'output_layers', 'build_input_shape', 'trainable', 'dtype'];

/** Whether a value is a model as Keras serialises it, its config alone, or its layers where these make a graph. */
export function isKerasModel(given: unknown): given is Json | readonly LayerConfig[] {
  if (Array.isArray(given))
    return given.some((layer) => isRecord(layer) && (nodesOf(layer) !== undefined || isModel(layer)));
  // A tf.LayersModel has layers too.
  if (!isRecord(given) || !isModel(given) || typeof given.getClassName === 'function') return false;
  const config = configOf(given);
  return config !== given || KEYS.some((key) => read(config, key) !== undefined) || isKerasModel(config.layers);
}

/** The graph of such a model; throws `INVALID_MODEL` for what Keras cannot have written. */
export function graphOfKeras(given: Json | readonly LayerConfig[]): FunctionalConfig {
  return readKerasGraph(given).graph;
}

/** The same, and the names that its layers have in it, those of models within it too; undefined for one that is never called. */
export function readKerasGraph(given: Json | readonly LayerConfig[]): KerasGraph {
  const reader = new GraphReader();
  const graph = reader.graphOf(Array.isArray(given) ? { layers: given } : configOf(given as Json));
  return { graph, nameIn: (layer) => reader.nameOf(layer) };
}

export interface KerasGraph {
  readonly graph: FunctionalConfig;
  /** The layer is one of the very objects that were read. */
  nameIn(layer: Json): string | undefined;
}

/** The name that Keras gave a model. */
export function nameOfKeras(given: Json | readonly LayerConfig[]): string {
  const name = isRecord(given) ? configOf(given).name : undefined;
  return typeof name === 'string' && name !== '' ? name : 'model';
}

/** A model within a model, or the outermost one. */
function isModel(layer: Json): boolean {
  return Array.isArray(configOf(layer).layers);
}

/** How a model is called. */
interface Place {
  /** Names of what enters it; null for the outermost model, which has inputs of its own. */
  readonly entering: readonly string[] | null;
  /** The names of the models that it is in. */
  readonly prefix: string;
  readonly trainable: boolean;
  readonly depth: number;
}

/** A call whose inputs have names. */
interface NamedCall extends Pick<Call, 'layer' | 'args'> {
  readonly sources: readonly string[];
}

/** The name of an output of a call, by its number. */
type Outputs = (output: number) => string;

/** What the calls of one model have made so far. */
type Made = Map<string, Outputs>;

class GraphReader {
  readonly #layers: LayerConfig[] = [];
  readonly #inputs: string[] = [];
  readonly #names = new Set<string>();
  /** Names that Keras has given to layers, so that no further call of another layer takes them. */
  readonly #given = new Set<string>();
  /** Each layer that has been called, by what all its calls have in common. */
  readonly #called = new Map<unknown, { readonly name: string; readonly how: string }>();

  graphOf(config: Json): FunctionalConfig {
    const place = { entering: null, prefix: '', trainable: true, depth: 0 };
    const outputs = this.#read(config, place);
    return { layers: this.#layers, inputs: this.#inputs, outputs };
  }

  nameOf(layer: Json): string | undefined {
    return this.#called.get(identityOf(layer))?.name;
  }

  #read(config: Json, place: Place): readonly string[] {
    if (place.depth > MOST_NESTED) throw invalid(`it nests more than ${MOST_NESTED} models`);
    const layers = (config.layers as readonly unknown[]).map((layer) => {
      if (isRecord(layer)) return layer;
      throw invalid(`it has ${JSON.stringify(layer)} for a layer`);
    });
    if (layers.length === 0)
      throw userError('EMPTY_MODEL', 'The model has an empty list of layers; give at least one.');
    const within = { ...place, trainable: place.trainable && config.trainable !== false };
    const isGraph = read(config, 'output_layers') !== undefined || layers.some((layer) => nodesOf(layer) !== undefined);
    return isGraph ? this.#readGraph(config, layers, within) : [this.#readChain(config, layers, within)];
  }

  #readChain(config: Json, layers: readonly Json[], place: Place): string {
    const [first, ...others] = layers;
    const isGiven = isEntrance(classOf(first));
    const [entering, ...more] = place.entering ?? [this.#enter(isGiven ? first : entranceBefore(config, first))];
    if (more.length > 0) throw invalid(`a Sequential model is called with ${more.length + 1} inputs`);
    return (isGiven ? others : layers).reduce((source, layer) => {
      return this.#call({ layer, sources: [source], args: {} }, place)(0);
    }, entering);
  }

  /** A call is read once all that it reads is there; calls that are left over read each other. */
  #readGraph(config: Json, layers: readonly Json[], place: Place): readonly string[] {
    const names = new Set(layers.map(nameOf));
    if (names.size < layers.length) throw invalid('two of its layers have one name');
    for (const name of names) this.#given.add(name);
    const { listed, ends } = offsetsOf(layers);
    const made: Made = new Map();
    this.#enterGraph(endsOf(config, 'input_layers', ends), layers, made, place);
    const outputs = endsOf(config, 'output_layers', ends);
    let waiting = withoutMasks(
      layers.flatMap((layer) => callsOf(layer, listed)),
      outputs,
    );
    if (waiting.length > MOST_CALLS) throw tooLarge();
    while (waiting.length > 0) {
      const left = waiting.filter((call) => !this.#isCalled(call, made, place));
      if (left.length === waiting.length) throw unreadable(left[0], names);
      waiting = left;
    }
    return outputs.map((tensor) => namedIn(made, tensor));
  }

  #enterGraph(inputs: readonly Tensor[], layers: readonly Json[], made: Made, { entering }: Place): void {
    if (entering !== null && entering.length !== inputs.length) {
      throw invalid(`a model of ${inputs.length} inputs is called with ${entering.length}`);
    }
    for (const [i, { layer: name }] of inputs.entries()) {
      const layer = layers.find((one) => nameOf(one) === name);
      if (layer === undefined || !isEntrance(classOf(layer))) throw invalid(`its input ${name} is no InputLayer`);
      const entered = entering === null ? this.#enter(layer) : entering[i];
      made.set(keyOf({ layer: name, node: 0 }), () => entered);
    }
  }

  /** Calls a layer where all is there that the call reads, and says whether it was. */
  #isCalled({ reads, node, ...call }: Call, made: Made, place: Place): boolean {
    if (!reads.every((tensor) => made.has(keyOf(tensor)))) return false;
    const sources = reads.map((tensor) => namedIn(made, tensor));
    const layer = isOperation(call.layer) ? layerOfOperation({ layer: call.layer, node }) : call.layer;
    const outputs = this.#call({ ...call, layer, sources }, place);
    made.set(keyOf({ layer: nameOf(call.layer), node }), outputs);
    return true;
  }

  #call(call: NamedCall, place: Place): Outputs {
    if (this.#layers.length >= MOST_CALLS) throw tooLarge();
    const { layer, sources } = call;
    if (isModel(layer)) {
      const prefix = `${place.prefix}${nameOf(layer)}/`;
      const within = { ...place, entering: sources, prefix, depth: place.depth + 1 };
      const outputs = this.#read(configOf(layer), within);
      return (output) => outputs[output] ?? '';
    }
    const name = this.#emit(call, place);
    return (output) => (output === 0 ? name : `${name}:${output}`);
  }

  /** Adds a call of a layer, which is there already where it is shared; returns the call's name. */
  #emit({ layer, sources, args }: NamedCall, { prefix, trainable }: Place): string {
    const identity = identityOf(layer);
    const how = JSON.stringify([args, trainable]);
    const called = this.#called.get(identity);
    const name = called === undefined ? this.#ownName(nameOf(layer), prefix) : this.#callName(called.name, prefix);
    if (called === undefined) {
      this.#called.set(identity, { name, how });
      const config = { ...configOf(layer), ...args, name };
      const told = trainable ? config : { ...config, trainable: false };
      this.#layers.push({ ...frameOf(layer), config: told, inputs: sources });
      return name;
    }
    if (called.how !== how) {
      throw userError(
        'UNSUPPORTED_CALL',
        `Layer ${called.name} is called in different ways (with a causal mask and without, frozen and not), which Lockstep does not do; give each call a layer of its own.`,
      );
    }
    this.#layers.push({ name, shared: called.name, inputs: sources });
    return name;
  }

  #enter(layer: Json): string {
    const name = this.#ownName(nameOf(layer), '');
    this.#inputs.push(name);
    this.#layers.push({ class_name: classOf(layer), config: { ...configOf(layer), name } });
    return name;
  }

  /** A name that no other call has: where it is taken, behind those of the models that it is in, or with a number. */
  #ownName(wanted: string, prefix: string): string {
    let name = wanted;
    if (this.#names.has(name)) name = `${prefix}${wanted}`;
    for (let i = 1; this.#names.has(name); i++) name = `${prefix}${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** The name of one more call of a layer. */
  #callName(layer: string, prefix: string): string {
    let number = 1;
    while (this.#given.has(`${layer}_${number}`)) number++;
    return this.#ownName(`${layer}_${number}`, prefix);
  }
}

/** Keras numbers what stands in several places. */
const identityOf = (layer: Json): unknown => layer.shared_object_id ?? layer;

/** The class of a layer, and the module by which Keras 3 is known. */
function frameOf(layer: Json): LayerConfig {
  return { class_name: classOf(layer), ...(layer.module !== undefined && { module: layer.module }) };
}

/** The input of a chain that has none of its own. */
function entranceBefore(config: Json, first: Json): Json {
  const own = configOf(first);
  const batch = read(config, 'build_input_shape') ?? read(own, 'batch_input_shape') ?? read(own, 'batch_shape');
  if (Array.isArray(batch)) return { class_name: 'InputLayer', config: { name: 'input', batch_shape: batch } };
  throw userError(
    'MISSING_INPUT_SHAPE',
    'The model has no input layer; build it before it is serialised, or begin it with keras.Input.',
  );
}

/** How Keras counts the calls of models: in the lists of Keras 2 from 1; at the ends of Keras 3's models those of Functional ones. */
function offsetsOf(layers: readonly Json[]): { readonly listed: Offsets; readonly ends: Offsets } {
  const from = (isCounted: (layer: Json) => boolean): Offsets =>
    new Map(layers.map((layer) => [nameOf(layer), isCounted(layer) ? 1 : 0]));
  const listed = from(isModel);
  const isListed = layers.some((layer) => nodesOf(layer)?.some(Array.isArray));
  return { listed, ends: isListed ? listed : from((layer) => isModel(layer) && classOf(layer) !== 'Sequential') };
}

function namedIn(made: Made, tensor: Tensor): string {
  const name = made.get(keyOf(tensor))?.(tensor.output) ?? '';
  if (name !== '') return name;
  throw invalid(`it reads output ${tensor.output} of call ${tensor.node} of ${tensor.layer}, which is not there`);
}

function unreadable({ layer, reads }: Call, names: ReadonlySet<string>): Error {
  const unknown = reads.find((tensor) => !names.has(tensor.layer));
  if (unknown !== undefined) return invalid(`layer ${nameOf(layer)} reads ${unknown.layer}, which is no layer of it`);
  return invalid(`layer ${nameOf(layer)} reads what comes after it, or a call that is not there`);
}

function tooLarge(): Error {
  return invalid(`it has more than ${MOST_CALLS.toLocaleString('en-US')} calls of layers`);
}
