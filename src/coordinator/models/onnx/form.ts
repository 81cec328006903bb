import type { LayerDescription } from '../../compiler/lower/description.js';
import type { GraphBuilder, OnnxValue } from './graph.js';

/**
 * Writes one call of a layer at inference, with its mask where the mask of its lowering is its own. Values that it is given
 * may have other readers; `layer` has the shapes of the call.
 */
export type LayerForm = (
  layer: LayerDescription,
  inputs: readonly OnnxValue[],
  to: GraphBuilder,
  find: FindForm,
) => readonly OnnxValue[];

/** The form of a layer; throws `NOT_IN_ONNX` where it has none. Wrappers look for the wrapped layer by it. */
export type FindForm = (layer: LayerDescription) => LayerForm;

export type LayerForms = Readonly<Record<string, LayerForm>>;

/** A form of one input and one output. */
export const single =
  (form: (layer: LayerDescription, x: OnnxValue, to: GraphBuilder) => OnnxValue): LayerForm =>
  (layer, [x], to) => [form(layer, x, to)];
