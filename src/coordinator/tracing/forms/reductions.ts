import type { Reduction } from '../../../shared/kernels/elementwise.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { type Call, type Made, overRows, sizeOf, type Value } from '../values.js';
import type { Form, Forms } from './form.js';

/** Sums and extremes over axes. Over the batch there is only the mean, or a sum, which is the mean times the rows. */

function axesOf(call: Call, x: Value, attribute: string): number[] {
  return tfc.util.parseAxisParam(call.attribute<number | number[]>(attribute), [...x.shape]).toSorted((a, b) => a - b);
}

/** Reduces neighbouring axes together, from the last on. */
function reduceAxes(call: Call, reduction: Reduction, x: Value, axes: readonly number[]): number {
  const shape = [...x.shape];
  let node = call.nodeOf(x);
  for (let end = axes.length; end > 0; ) {
    let start = end - 1;
    while (start > 0 && axes[start - 1] === axes[start] - 1) start--;
    const [first, last] = [axes[start], axes[end - 1]];
    const [outer, length, inner] = [shape.slice(0, first), shape.slice(first, last + 1), shape.slice(last + 1)].map(
      sizeOf,
    );
    node = call.reduce(reduction, node, outer, length, inner);
    shape.splice(first, last + 1 - first);
    end = start;
  }
  return node;
}

function reduction(name: Reduction, attribute = 'axis'): Form {
  return (call) => {
    const x = call.input('x');
    const axes = axesOf(call, x, attribute);
    const node = reduceAxes(call, name, x, axes);
    if (!axes.includes(x.batch)) return call.made(node, [x], name === 'sum' || name === 'mean' ? 'sum' : 'any');
    if (name !== 'sum' && name !== 'mean') throw call.mixing(`over axis ${x.batch}, that of the batch`);
    return overRows(call.made(node, [x], 'sum'), name === 'sum' ? 1 : 0);
  };
}

function softmax(call: Call): Made {
  const x = call.input('logits');
  const last = x.shape.length - 1;
  if (last === x.batch) throw call.mixing('runs along the batch');
  return call.made(call.softmax(call.nodeOf(x), x.shape[last]), [x], 'any');
}

export const reductionForms: Forms = {
  Sum: reduction('sum'),
  Mean: reduction('mean'),
  Max: reduction('max', 'reductionIndices'),
  Min: reduction('min'),
  Prod: reduction('prod'),
  ArgMax: reduction('argMax'),
  ArgMin: reduction('argMin'),
  All: reduction('min'),
  Any: reduction('max'),
  Softmax: softmax,
};
