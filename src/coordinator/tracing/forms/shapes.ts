import { tfc } from '../../../shared/tfjs/tfjs.js';
import type { PairedTensor } from '../pair.js';
import { type Call, type Made, sizeOf, stridesOf, type Value } from '../values.js';
import type { Form, Forms } from './form.js';

/** Kernels that move elements. Those of a row stay together, so nothing may reach along the batch. */

/** The same elements in the same order. */
const same: Form = (call) => {
  const [x] = call.inputs;
  const before = (tensor: Pick<PairedTensor, 'shape' | 'batch'>): number => sizeOf(tensor.shape.slice(0, tensor.batch));
  if (x.batch >= 0 && before(x) !== before(call.output)) throw call.mixing('moves elements across the batch');
  return call.made(call.nodeOf(x), [x], 'sum');
};

function requireWhole(call: Call, x: Value, isWhole: (axis: number) => boolean): void {
  if (x.batch >= 0 && !isWhole(x.batch)) throw call.mixing('takes some rows of the batch');
}

/** Elements begin + i · step of each axis. */
function sliced(
  call: Call,
  x: Value,
  begin: readonly number[],
  steps: readonly number[],
  lengths: readonly number[],
): Made {
  const strides = stridesOf(x.shape);
  const offset = begin.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  const axes = lengths.map((length, axis) => ({ length, stride: steps[axis] * strides[axis] }));
  return call.made(call.view(call.nodeOf(x), axes, offset), [x], 'sum');
}

/** The part from `begin` on of one axis, the others whole. */
function part(call: Call, x: Value, axis: number, begin: number, length: number): Made {
  const starts = x.shape.map((_, own) => (own === axis ? begin : 0));
  const ones = x.shape.map(() => 1);
  return sliced(call, x, starts, ones, x.shape.with(axis, length));
}

function slice(call: Call): Made {
  const x = call.input('x');
  const given = x.shape.map((length, axis) => (axis === x.batch ? call.rows * length : length));
  const sizes = call.attribute<number | number[]>('size');
  const [begin, lengths] = tfc.slice_util.parseSliceParams({ shape: given } as never, call.attribute('begin'), sizes);
  requireWhole(call, x, (axis) => begin[axis] === 0 && lengths[axis] === given[axis]);
  const ones = begin.map(() => 1);
  return sliced(call, x, begin, ones, x.batch < 0 ? lengths : lengths.with(x.batch, x.shape[x.batch]));
}

function stridedSlice(call: Call): Made {
  const x = call.input('x');
  const given = x.shape.map((length, axis) => (axis === x.batch ? call.rows * length : length));
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map((name) =>
    call.attribute(name, 0),
  );
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] = masks;
  const info = tfc.slice_util.sliceInfo(
    given,
    call.attribute('begin'),
    call.attribute('end'),
    call.attribute('strides'),
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const lengths = tfc.slice_util.computeOutShape(info.begin, info.end, info.strides);
  requireWhole(call, x, (axis) => info.begin[axis] === 0 && info.strides[axis] === 1 && lengths[axis] === given[axis]);
  if (info.strides.some((step) => step < 0)) throw call.missing('steps backwards');
  return sliced(call, x, info.begin, info.strides, x.batch < 0 ? lengths : lengths.with(x.batch, x.shape[x.batch]));
}

function transpose(call: Call): Made {
  const x = call.input('x');
  const strides = stridesOf(x.shape);
  const axes = call.attribute<number[]>('perm').map((axis) => ({ length: x.shape[axis], stride: strides[axis] }));
  return call.made(call.view(call.nodeOf(x), axes), [x], 'sum');
}

function tile(call: Call): Made {
  const x = call.input('x');
  if (x.batch >= 0 && call.attribute<number[]>('reps')[x.batch] !== 1) throw call.mixing('repeats the rows of a batch');
  // What all rows share may be repeated for each of them.
  const times = x.shape.map((length, axis) => call.output.shape[axis] / length);
  const strides = stridesOf(x.shape);
  const axes = x.shape.flatMap((length, axis) => [
    { length: times[axis], stride: 0 },
    { length, stride: strides[axis] },
  ]);
  return call.made(call.view(call.nodeOf(x), axes), [x], 'sum');
}

function pad(call: Call): Made {
  const x = call.input('x');
  const paddings = call.attribute<[number, number][]>('paddings');
  if (call.attribute('constantValue', 0) !== 0) throw call.missing('fills with another number than 0');
  requireWhole(call, x, (axis) => paddings[axis].every((count) => count === 0));
  const strides = stridesOf(call.output.shape);
  const offset = paddings.reduce((sum, [before], axis) => sum + before * strides[axis], 0);
  const axes = x.shape.map((length, axis) => ({ length, stride: strides[axis] }));
  return call.made(call.scatter(call.nodeOf(x), sizeOf(call.output.shape), axes, offset), [x], 'sum');
}

/** Values side by side along an axis. */
function joined(call: Call, axis: number): Made {
  const values = call.inputs;
  if (axis === call.output.batch) throw call.mixing('joins batches one behind the other');
  const made = call.made(-1, values, 'sum');
  const blocks = sizeOf(call.output.shape.slice(0, axis));
  return {
    ...made,
    node: call.join(
      values.map((value) => call.nodeOf(value)),
      blocks,
    ),
  };
}

function split(call: Call): Made[] {
  const x = call.input('x');
  const [axis] = tfc.util.parseAxisParam(call.attribute<number>('axis'), [...x.shape]);
  if (axis === x.batch) throw call.mixing('takes a batch apart');
  let begin = 0;
  return call.outputs.map(({ shape }) => {
    const made = part(call, x, axis, begin, shape[axis]);
    begin += shape[axis];
    return made;
  });
}

function unpack(call: Call): Made[] {
  const x = call.input('value');
  const [axis] = tfc.util.parseAxisParam(call.attribute<number>('axis'), [...x.shape]);
  if (axis === x.batch) throw call.mixing('takes a batch apart');
  return call.outputs.map((_, i) => part(call, x, axis, i, 1));
}

export const shapeForms: Forms = {
  Identity: same,
  Reshape: same,
  ExpandDims: same,
  Slice: slice,
  StridedSlice: stridedSlice,
  Transpose: transpose,
  Tile: tile,
  PadV2: pad,
  Concat: (call) => {
    const [axis] = tfc.util.parseAxisParam(call.attribute<number>('axis'), [...call.output.shape]);
    return joined(call, axis);
  },
  Pack: (call) => joined(call, call.attribute<number>('axis')),
  SplitV: split,
  Unpack: unpack,
};
