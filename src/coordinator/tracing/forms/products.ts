import { type Call, type Made, overRows, sizeOf } from '../values.js';
import type { Forms } from './form.js';

/** Products of matrices, and choices by numbers that become such. */

/** The last two axes are matrices, those before them groups: as many of both, or one matrix for all. */
function batchMatMul(call: Call): Made {
  const [a, b] = [call.input('a'), call.input('b')];
  const [transposeA, transposeB] = [call.attribute('transposeA', false), call.attribute('transposeB', false)];
  const terms = [a.shape.length - (transposeA ? 2 : 1), b.shape.length - (transposeB ? 1 : 2)];
  const isOverRows = a.batch === terms[0] && b.batch === terms[1];
  if (!isOverRows && (a.batch === terms[0] || b.batch === terms[1])) throw call.mixing('sums over the rows of a batch');
  const groups = sizeOf(call.output.shape.slice(0, -2));
  const [rows, columns] = call.output.shape.slice(-2);
  const [ofA, ofB] = [a, b].map(({ shape }) => sizeOf(shape.slice(0, -2)));
  if ([ofA, ofB].some((own) => own !== groups && own !== 1)) throw call.missing('repeats some groups of matrices');
  const sizes = { groups, rows, inner: a.shape[terms[0]], columns };
  const shared = { sharedA: ofA < groups, sharedB: ofB < groups };
  const node = call.product({ a: call.nodeOf(a), b: call.nodeOf(b), ...sizes, transposeA, transposeB, ...shared });
  const made = call.made(node, [a, b], 'product');
  // The product of what each row has, summed over the rows.
  return isOverRows ? overRows(made, 1) : made;
}

function oneHot(call: Call): Made {
  const indices = call.input('indices');
  const [on, off] = [call.attribute('onValue', 1), call.attribute('offValue', 0)];
  const ones = call.oneHot(call.nodeOf(indices), call.attribute<number>('depth'));
  const scaled = call.binary('mul', { node: ones, number: 0 }, { node: -1, number: on - off });
  return call.made(call.binary('add', { node: scaled, number: 0 }, { node: -1, number: off }), [indices], 'any');
}

export const productForms: Forms = { BatchMatMul: batchMatMul, OneHot: oneHot };
