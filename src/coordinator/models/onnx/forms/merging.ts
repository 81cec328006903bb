import { sizeOf } from '../../../compiler/lower/description.js';
import { rowAxis } from '../../../compiler/lower/layers/merge/shapes.js';
import type { LayerForm, LayerForms } from '../form.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';
import { reshaped } from './dense.js';
import { ofLengthOne } from './normalization.js';

/** With axes of length 1 behind the batch, so that rows of fewer axes repeat along them. */
function inRank(x: OnnxValue, rank: number, to: GraphBuilder): OnnxValue {
  const missing = rank - x.shape.length;
  return missing > 0 ? reshaped(x, [...new Array<number>(missing).fill(1), ...x.shape], to) : x;
}

/** ((input 0 ∘ input 1) ∘ input 2) …, repeated to one shape; `end` is applied to what is made. */
const pairwise =
  (op: string, end?: (name: string, inputs: number, to: GraphBuilder) => string): LayerForm =>
  ({ outputShape: shape }, inputs, to) => {
    const alike = inputs.every((x) => to.isTurned(x) && x.shape.join() === shape.join());
    const names = inputs.map((x) => (alike ? to.channelsFirst(x) : inRank(x, shape.length, to).name));
    const joined = names.reduce((a, b) => to.node(op, [a, b]));
    const name = end === undefined ? joined : end(joined, inputs.length, to);
    return [alike ? to.channelsLast(name, shape) : { name, shape }];
  };

const concatenate: LayerForm = ({ config, outputShape: shape }, inputs, to) => {
  const axis = rowAxis(Number(config.axis ?? -1), shape.length);
  if (axis === shape.length - 1 && axis > 0 && inputs.every((x) => to.isTurned(x))) {
    const names = inputs.map((x) => to.channelsFirst(x));
    return [to.channelsLast(to.node('Concat', names, { axis: 1 }), shape)];
  }
  const names = inputs.map(({ name }) => name);
  return [{ name: to.node('Concat', names, { axis: axis + 1 }), shape }];
};

/** A row as a matrix of its vectors along one axis, in its rows or, `turned`, in its columns. */
function vectors({ name, shape }: OnnxValue, axis: number, turned: boolean, normalize: boolean, to: GraphBuilder) {
  const along = rowAxis(axis, shape.length);
  const source = normalize ? ofLengthOne(name, [along + 1], to) : name;
  // Two axes that are as they are to be.
  if (shape.length === 2 && turned && along === 0) return source;
  const others = [...shape.keys()].filter((own) => own !== along);
  const isLast = along === shape.length - 1;
  const last = isLast
    ? source
    : to.node('Transpose', [source], { perm: [0, ...others.map((own) => own + 1), along + 1] });
  const count = sizeOf(others.map((own) => shape[own]));
  const matrix = shape.length === 2 ? last : to.node('Reshape', [last, to.ints([0, count, shape[along]])]);
  return turned ? to.node('Transpose', [matrix], { perm: [0, 2, 1] }) : matrix;
}

const dot: LayerForm = ({ config, outputShape }, [left, right], to) => {
  const [first, second] = [config.axes as number | number[]].flat();
  const normalize = config.normalize === true;
  const product = to.node('MatMul', [
    vectors(left, first, false, normalize, to),
    vectors(right, second ?? first, true, normalize, to),
  ]);
  return [{ name: to.node('Reshape', [product, to.ints([0, ...outputShape])]), shape: outputShape }];
};

export const mergingForms: LayerForms = {
  Add: pairwise('Add'),
  Subtract: pairwise('Sub'),
  Multiply: pairwise('Mul'),
  Average: pairwise('Add', (sum, inputs, to) => to.node('Mul', [sum, to.floats(1 / inputs)])),
  Maximum: pairwise('Max'),
  Minimum: pairwise('Min'),
  Concatenate: concatenate,
  Dot: dot,
};
