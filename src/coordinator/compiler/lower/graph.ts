import { userError } from '../../../shared/errors.js';
import type { Builder, CallBackward, Value } from './builder.js';
import { inChannelsLast } from './channels.js';
import { type LayerDescription, type ModelDescription, type NodeDescription, sizeOf } from './description.js';
import { Gradients } from './gradients.js';
import type { LayerLowering } from './layer.js';
import { lowerLayerOf } from './layers/find.js';
import { tracedLowering } from './layers/traced.js';
import { maskedLowerings, withMergedMask } from './masks.js';

/** A model that is lowered forward: its values, and the way back. */
export interface LoweredGraph {
  /** By number. */
  readonly values: readonly Value[];
  /** Emits all backward calls from the gradients of some values: pairs of value and buffer. */
  propagate(gradients: readonly (readonly [value: number, buffer: number])[]): void;
}

/** A node's values, and how gradients pass it. */
interface LoweredNode {
  readonly node: NodeDescription;
  readonly name: string;
  /** The number of its first output. */
  readonly first: number;
  readonly backward: CallBackward;
}

/** Lowers the nodes of a model, in their order. */
export function lowerGraph(model: ModelDescription, inputs: readonly Value[], to: Builder): LoweredGraph {
  const values = [...inputs];
  const calls = model.layers.map(() => 0);
  const lowered = model.nodes.map((node): LoweredNode => {
    const layer = calledLayer(model, node);
    to.beginCall(calls[node.layer]++);
    const first = values.length;
    const call = lowerNode(
      layer.traced === undefined ? lowerLayerOf(layer) : tracedLowering(layer, layer.traced),
      layer,
      node.inputs.map((value) => values[value]),
      to,
    );
    values.push(...call.values);
    return { node, name: layer.name, first, backward: call.backward };
  });
  return { values, propagate: (gradients) => propagate(lowered, values, gradients, to) };
}

/** The layer with the shapes of this call. */
function calledLayer({ layers }: ModelDescription, { layer, inputShapes, outputShapes }: NodeDescription) {
  return { ...layers[layer], inputShape: inputShapes[0], outputShape: outputShapes[0] };
}

function lowerNode(known: LayerLowering, layer: LayerDescription, inputs: readonly Value[], to: Builder) {
  const lowering = inChannelsLast(known, layer);
  requireReadable(lowering, layer, inputs);
  if (lowering.lower === undefined) {
    const { values, backward } = to.call(() => lowering.lowerCall(layer, inputs, to, lowerLayerOf));
    return { values: lowering.mask === 'passes' ? withMergedMask(layer, values, inputs, to) : values, backward };
  }
  const [x] = inputs;
  const lower = (x.mask !== undefined && maskedLowerings.get(layer.type)) || lowering.lower;
  const { value, backward } = to.part(() => lower(layer, x, to, lowerLayerOf));
  return { values: [masked(value, lowering, x)], backward: ([dy]: readonly number[]) => [backward(dy)] };
}

/** The value with the mask that the layer leaves it. */
function masked({ mask: own, ...value }: Value, lowering: LayerLowering, x: Value): Value {
  const mask = lowering.mask === 'own' ? own : lowering.mask === 'passes' ? x.mask : undefined;
  return mask === undefined ? value : { ...value, mask };
}

/** Indices are read by layers that take indices, numbers by all others. */
function requireReadable(
  { indexLimit }: LayerLowering,
  { name, type }: LayerDescription,
  inputs: readonly Value[],
): void {
  if (inputs.every((x) => (x.type === 'int32') === (indexLimit !== undefined))) return;
  const sentence =
    indexLimit === undefined
      ? `Layer ${name} (${type}) reads an input of the model that an Embedding reads as indices; give it an input of its own.`
      : `Layer ${name} (${type}) reads what another layer has computed, but takes whole numbers; let it read an input of the model.`;
  throw userError('UNSUPPORTED_MODEL', sentence);
}

/** Node by node in reverse order; those that nothing trained stands before, or no loss behind, are passed over. */
function propagate(
  lowered: readonly LoweredNode[],
  values: readonly Value[],
  given: readonly (readonly [number, number])[],
  to: Builder,
): void {
  const gradients = new Gradients(to);
  const send = (value: number, buffer: number): void => {
    if (values[value].trained) gradients.send(value, buffer);
  };
  for (const [value, buffer] of given) send(value, buffer);
  for (const { node, name, first, backward } of lowered.toReversed()) {
    const taken = node.outputShapes.map((shape, i) =>
      gradients.take(first + i, `${name} output gradient`, sizeOf(shape)),
    );
    if (taken.every((buffer) => buffer < 0)) continue;
    const returned = backward(taken);
    node.inputs.forEach((value, i) => {
      send(value, returned[i]);
    });
  }
}
