import { stepOf } from '../../../compiler/lower/layers/timeDistributed.js';
import { type LayerForms, single } from '../form.js';
import { elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';

/** Zeros at the steps that are not there. */
export function withoutMaskedSteps({ name, shape, mask }: OnnxValue, to: GraphBuilder): string {
  if (mask === undefined) return name;
  const behind = shape.slice(1).map((_, i) => i + 2);
  return to.node('Where', [to.node('Unsqueeze', [mask, to.ints(behind)]), name, to.floats(0)]);
}

export const sequenceForms: LayerForms = {
  Embedding: single((layer, x, to) => {
    const output = { name: to.node('Gather', [to.weight(layer, 0), x.name], { axis: 0 }), shape: layer.outputShape };
    if (layer.config.maskZero !== true) return output;
    return { ...output, mask: to.node('Cast', [x.name], { to: elementTypes.bool }) };
  }),

  Masking: single((layer, x, to) => {
    const value = to.floats(Number(layer.config.maskValue ?? 0));
    const differs = to.node('Not', [to.node('Equal', [x.name, value])]);
    const numbers = to.node('Cast', [differs], { to: elementTypes.float32 });
    const any = to.node('ReduceMax', [numbers, to.ints([2])], { keepdims: 0 });
    const masked = { ...x, mask: to.node('Cast', [any], { to: elementTypes.bool }) };
    return { ...masked, name: withoutMaskedSteps(masked, to) };
  }),

  /** Each step as a row of its own. */
  TimeDistributed: (layer, [x], to, find) => {
    const [steps, ...shape] = x.shape;
    const step = stepOf(layer);
    const rows = { name: to.node('Reshape', [x.name, to.ints([-1, ...shape])]), shape };
    const [made] = find(step)(step, [rows], to, find);
    const own = [steps, ...made.shape];
    return [{ name: to.node('Reshape', [made.name, to.ints([-1, ...own])]), shape: own }];
  },
};
