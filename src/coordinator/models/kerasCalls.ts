import { type LockstepError, userError } from '../../shared/errors.js';

/** Reads the calls of layers in a graph that Keras has serialised: Keras 3's `args` and `kwargs`, Keras 2's lists. */

export type Json = Readonly<Record<string, unknown>>;

/** What a call of a layer makes: one of its outputs. */
export interface Tensor {
  readonly layer: string;
  /** Number of the call among those of the layer. */
  readonly node: number;
  readonly output: number;
}

/** One call of a layer. */
export interface Call {
  readonly layer: Json;
  readonly node: number;
  readonly reads: readonly Tensor[];
  /** The masks that it is given, which follow from what it reads. */
  readonly masks: readonly Tensor[];
  /** Arguments of the call that Lockstep has as arguments of the layer. */
  readonly args: Json;
}

/** What tells a call from others. */
export const keyOf = ({ layer, node }: Pick<Tensor, 'layer' | 'node'>): string => `${node}:${layer}`;

/** How Keras counts the calls of a layer: from 0, but for models, which have a call of their own when they are made. */
export type Offsets = ReadonlyMap<string, number>;

/** The calls of a layer, in the order of their numbers. `offsets`: of the lists of Keras 2. */
export function callsOf(layer: Json, offsets: Offsets): Call[] {
  return (nodesOf(layer) ?? []).map((node, number) => {
    const call = { layer, node: number };
    if (isOperation(layer))
      return { ...call, reads: tensorsWithin(nameOf(layer), recordOf(node).args), masks: [], args: {} };
    if (Array.isArray(node)) return { ...call, ...listedCall(nameOf(layer), node, offsets) };
    if (!isRecord(node)) throw invalid(`layer ${nameOf(layer)} has an inbound node that is none`);
    const reads = tensorsIn(nameOf(layer), node.args);
    return { ...call, ...withKeywords(nameOf(layer), reads, recordOf(node.kwargs), tensorsIn) };
  });
}

type ReadTensors = (layer: string, value: unknown) => readonly Tensor[];

/** `[[name, node, output, kwargs], …]` */
function listedCall(layer: string, node: readonly unknown[], offsets: Offsets) {
  const entries = typeof node[0] === 'string' ? [node] : node;
  const reads = entries.map((entry) => listedTensor(layer, entry, offsets));
  const keywords = entries.map((entry) => recordOf((entry as unknown[])[3]));
  const read: ReadTensors = (_, value) =>
    isListedTensor(value) ? [listedTensor(layer, value, offsets)] : listsIn(value);
  const listsIn = (value: unknown): readonly Tensor[] =>
    (Array.isArray(value) ? value : []).flatMap((one) => read(layer, one));
  return withKeywords(layer, reads, Object.assign({}, ...keywords), read);
}

const isListedTensor = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && value.length >= 3;

function listedTensor(reader: string, entry: unknown, offsets: Offsets): Tensor {
  if (!isListedTensor(entry)) throw invalid(`layer ${reader} has an inbound node that is none`);
  const tensor = requireTensor(reader, entry);
  return { ...tensor, node: tensor.node - (offsets.get(tensor.layer) ?? 0) };
}

/** Arguments of a call that are tensors, in the order in which layers take them. */
const TENSORS = ['inputs', 'sequence', 'sequences', 'query', 'value', 'key', 'initial_state'];

/** What a call is given by name, beside what it is given in order. A model's own `training` holds whatever a call says. */
function withKeywords(layer: string, given: readonly Tensor[], keywords: Json, read: ReadTensors) {
  const { training: _, mask, use_causal_mask: causal, ...others } = keywords;
  const stray = Object.entries(others).find(([name, value]) => !TENSORS.includes(name) && (value ?? false) !== false);
  if (stray !== undefined) throw unreadCall(layer, stray[0]);
  const named = TENSORS.flatMap((name) => read(layer, others[name] ?? []));
  const args = causal === true ? { use_causal_mask: true } : {};
  return { reads: [...given, ...named], masks: read(layer, mask ?? []), args };
}

/** Whether a layer of a graph is an operation, such as `x + 1`. */
export function isOperation(layer: Json): boolean {
  return /^keras\.(src\.)?(ops|activations)\b/.test(String(layer.module ?? ''));
}

export const isTensor = (value: unknown): value is Json & { readonly class_name: '__keras_tensor__' } =>
  isRecord(value) && value.class_name === '__keras_tensor__';

/** The tensors among the arguments of an operation, which may be numbers too. */
function tensorsWithin(layer: string, value: unknown): readonly Tensor[] {
  if (Array.isArray(value)) return value.flatMap((one) => tensorsWithin(layer, one));
  return isTensor(value) ? tensorsIn(layer, value) : [];
}

/** The tensors in an argument of a call, in Keras's order. */
function tensorsIn(layer: string, value: unknown): readonly Tensor[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((one) => tensorsIn(layer, one));
  if (!isRecord(value)) throw unreadCall(layer, JSON.stringify(value));
  if (value.class_name === '__tuple__') return tensorsIn(layer, value.items);
  if (isTensor(value)) return [requireTensor(layer, recordOf(value.config).keras_history)];
  if (value.class_name !== undefined) throw unreadCall(layer, `a ${String(value.class_name)}`);
  return sorted(value).flatMap((one) => tensorsIn(layer, one));
}

/** The values of a record, in the order in which Keras flattens it. */
function sorted(value: Json): readonly unknown[] {
  return Object.keys(value)
    .toSorted()
    .map((key) => value[key]);
}

function requireTensor(reader: string, history: unknown): Tensor {
  const [layer, node, output] = Array.isArray(history) ? history : [];
  if (typeof layer === 'string' && isCount(node) && isCount(output)) return { layer, node, output };
  throw invalid(`${reader} reads ${JSON.stringify(history) ?? 'nothing'}, which is no output of a layer`);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** `input_layers` or `output_layers`: one `[name, node, output]`, or such in lists and records. */
export function endsOf(config: Json, key: 'input_layers' | 'output_layers', offsets: Offsets): readonly Tensor[] {
  const given = read(config, key);
  if (given !== undefined) return endsIn(given, key, offsets);
  throw userError(
    'INVALID_MODEL',
    `The layers have inbound_nodes, as in a functional model of Keras, but ${key} is missing; give the model's whole config, as model.to_json() has it.`,
  );
}

function endsIn(given: unknown, key: string, offsets: Offsets): readonly Tensor[] {
  if (isListedTensor(given)) return [listedTensor(key, given, offsets)];
  const inner = isRecord(given) ? sorted(given) : given;
  if (!Array.isArray(inner)) throw invalid(`${key} has ${JSON.stringify(given)}, which is no output of a layer`);
  return inner.flatMap((one) => endsIn(one, key, offsets));
}

/** A key as Keras has it, or in camelCase, as a config file has been read. */
export function read(record: Json, key: string): unknown {
  return record[key] ?? record[key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
}

export function nodesOf(layer: Json): readonly unknown[] | undefined {
  const nodes = read(layer, 'inbound_nodes');
  return Array.isArray(nodes) ? nodes : undefined;
}

export function classOf(layer: Json): string {
  const type = layer.type ?? read(layer, 'class_name');
  if (typeof type === 'string') return type;
  throw invalid(`one of its layers has class_name ${JSON.stringify(type) ?? 'missing'}`);
}

/** Of a layer, or of a model, the part that holds its arguments. */
export function configOf(layer: Json): Json {
  return isRecord(layer.config) ? layer.config : layer;
}

export function nameOf(layer: Json): string {
  const name = layer.name ?? configOf(layer).name;
  if (typeof name === 'string' && name !== '') return name;
  throw invalid(`one of its layers, a ${classOf(layer)}, has no name`);
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});

export function invalid(what: string): LockstepError {
  return userError('INVALID_MODEL', `The model is no config that Keras has written: ${what}; write it again.`);
}

function unreadCall(layer: string, what: string): LockstepError {
  return userError(
    'UNSUPPORTED_CALL',
    `Layer ${layer} is called with ${what}, which Lockstep does not read; call it with the outputs of other layers alone.`,
  );
}
