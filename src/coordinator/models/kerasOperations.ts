import { userError } from '../../shared/errors.js';
import {
  type Call,
  classOf,
  configOf,
  isOperation,
  isRecord,
  isTensor,
  type Json,
  keyOf,
  nameOf,
  type Tensor,
} from './kerasCalls.js';

/** Operations in a graph of Keras, `x + 1` or `keras.ops.relu(x)`: each becomes the layer that does the same. */

type Arguments = readonly unknown[];

/** What stands for an operation: its arguments and its config are given; undefined where no layer does the same. */
type Reading = (args: Arguments, config: Json) => { readonly class_name: string; readonly config: Json } | undefined;

/** Of two tensors a merge layer; of a tensor and a number c, on either side, x · scale + offset. */
function arithmetic(
  merge: string | null,
  right: (c: number) => Scaling | undefined,
  left: (c: number) => Scaling | undefined,
): Reading {
  return ([a, b]) => {
    if (isTensor(a) && isTensor(b) && rankOf(a) === rankOf(b))
      return merge === null ? undefined : { class_name: merge, config: {} };
    const scaling = typeof b === 'number' ? right(b) : typeof a === 'number' ? left(a) : undefined;
    return scaling === undefined
      ? undefined
      : { class_name: 'Rescaling', config: { scale: scaling[0], offset: scaling[1] } };
  };
}

type Scaling = readonly [scale: number, offset: number];

const none = () => undefined;
const added = (c: number): Scaling => [1, c];
const multiplied = (c: number): Scaling => [c, 0];

const named =
  (activation: string): Reading =>
  () => ({ class_name: 'Activation', config: { activation } });

const readings: Readonly<Record<string, Reading>> = {
  Add: arithmetic('Add', added, added),
  Subtract: arithmetic(
    'Subtract',
    (c) => [1, -c],
    (c) => [-1, c],
  ),
  Multiply: arithmetic('Multiply', multiplied, multiplied),
  TrueDivide: arithmetic(null, (c) => [1 / c, 0], none),
  Divide: arithmetic(null, (c) => [1 / c, 0], none),
  Maximum: arithmetic('Maximum', none, none),
  Minimum: arithmetic('Minimum', none, none),
  Negative: () => ({ class_name: 'Rescaling', config: { scale: -1 } }),
  Concatenate: (_, { axis }) => ({ class_name: 'Concatenate', config: { axis } }),
  Reshape: (_, { newshape }) => {
    const [rows, ...shape] = Array.isArray(newshape) ? newshape : [];
    return rows === -1 || rows === null ? { class_name: 'Reshape', config: { target_shape: shape } } : undefined;
  },
  Relu: named('relu'),
  Relu6: named('relu6'),
  ReLU: (_, { name: __, ...config }) => ({ class_name: 'ReLU', config }),
  LeakyRelu: (_, { negative_slope }) => ({ class_name: 'LeakyReLU', config: { negative_slope } }),
  Elu: (_, { alpha = 1 }) => ({ class_name: 'ELU', config: { alpha } }),
  Selu: named('selu'),
  Sigmoid: named('sigmoid'),
  HardSigmoid: named('hard_sigmoid'),
  Tanh: named('tanh'),
  Softplus: named('softplus'),
  Softsign: named('softsign'),
  Silu: named('silu'),
  Gelu: (args, config) => named(config.approximate === true ? 'geluNew' : 'gelu')(args, config),
  Exp: named('exponential'),
  Softmax: (_, { axis }) => ({ class_name: 'Softmax', config: { axis } }),
};

const rankOf = (tensor: Json): unknown => {
  const { shape } = configOf(tensor);
  return Array.isArray(shape) ? shape.length : undefined;
};

/** The layer that does what an operation does; throws where there is none. */
export function layerOfOperation({ layer, node }: Pick<Call, 'layer' | 'node'>): Json {
  const nodes = layer.inbound_nodes as readonly Json[];
  const { args, kwargs } = nodes[node];
  const isPlain = !isRecord(kwargs) || Object.values(kwargs).every((value) => (value ?? null) === null);
  const reading = Object.hasOwn(readings, classOf(layer)) ? readings[classOf(layer)] : undefined;
  const found = isPlain && Array.isArray(args) ? reading?.(args, configOf(layer)) : undefined;
  // Names mean what they mean in Keras 3.
  if (found !== undefined)
    return { module: 'keras.layers', ...found, config: { ...found.config, name: nameOf(layer) } };
  throw userError(
    'UNSUPPORTED_CALL',
    `Layer ${nameOf(layer)} is the operation ${classOf(layer)} of keras.ops, for which Lockstep has no layer; put a layer in its place.`,
  );
}

/**
 * The calls of a graph without the operations that make nothing but masks: Keras writes down how it finds the mask of each
 * call, which here follows from what the call reads. Throws for a mask of another origin.
 */
export function withoutMasks(calls: readonly Call[], outputs: readonly Tensor[]): Call[] {
  const makers = new Map(calls.map((call) => [keyOf({ layer: nameOf(call.layer), node: call.node }), call]));
  const makerOf = (tensor: Tensor): Call | undefined => makers.get(keyOf(tensor));
  for (const call of calls) if (call.masks.length > 0) requireOwnMask(call, makerOf);
  const needed = new Set<Call>();
  const layers = calls.filter(({ layer }) => !isOperation(layer));
  const awaited = [...outputs, ...layers.flatMap(({ reads }) => reads)];
  for (let tensor = awaited.pop(); tensor !== undefined; tensor = awaited.pop()) {
    const maker = makerOf(tensor);
    if (maker === undefined || !isOperation(maker.layer) || needed.has(maker)) continue;
    needed.add(maker);
    awaited.push(...maker.reads);
  }
  return calls.filter((call) => !isOperation(call.layer) || needed.has(call));
}

type MakerOf = (tensor: Tensor) => Call | undefined;

/** A mask must come from layers before the call that begin one: of `T != c` an Embedding or a Masking that reads T. */
function requireOwnMask(call: Call, makerOf: MakerOf): void {
  const comparisons = before(call.masks, makerOf, ({ layer }) => isOperation(layer)).filter(
    ({ layer }) => classOf(layer) === 'NotEqual',
  );
  const ancestors = before(call.reads, makerOf, () => true);
  const isBegun = (comparison: Call): boolean => ancestors.some((layer) => begins(layer, comparison));
  if (comparisons.length > 0 && comparisons.every(isBegun)) return;
  throw userError(
    'UNSUPPORTED_CALL',
    `Layer ${nameOf(call.layer)} is called with a mask that is not the one of what it reads; Lockstep passes masks on by itself, so leave it out.`,
  );
}

/** The calls that tensors come from, as far as `isFollowed` says. */
function before(tensors: readonly Tensor[], makerOf: MakerOf, isFollowed: (call: Call) => boolean): Call[] {
  const found = new Set<Call>();
  const awaited = [...tensors];
  for (let tensor = awaited.pop(); tensor !== undefined; tensor = awaited.pop()) {
    const maker = makerOf(tensor);
    if (maker === undefined || found.has(maker) || !isFollowed(maker)) continue;
    found.add(maker);
    awaited.push(...maker.reads);
  }
  return [...found];
}

/** Whether a layer begins the mask that a comparison makes. */
function begins({ layer, reads }: Call, comparison: Call): boolean {
  const [tensor] = comparison.reads;
  if (reads.length !== 1 || keyOf(reads[0]) !== keyOf(tensor) || reads[0].output !== tensor.output) return false;
  const nodes = comparison.layer.inbound_nodes as readonly Json[];
  const [, value] = nodes[comparison.node].args as Arguments;
  const { mask_zero: zero, mask_value: masked } = configOf(layer);
  return classOf(layer) === 'Embedding'
    ? zero === true && value === 0
    : classOf(layer) === 'Masking' && masked === value;
}
