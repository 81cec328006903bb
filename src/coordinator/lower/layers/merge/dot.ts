import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { isAnyTrained, rowAxis } from './shapes.js';

/** Dot products of two inputs along one axis of each; with `normalize`, of vectors brought to length 1. */
export const dot: GraphLowering = {
  type: 'Dot',
  arguments: { axes: z.union([z.int(), z.array(z.int()).length(2)]), normalize: z.boolean().optional() },

  lowerCall(layer: LayerDescription, inputs: readonly Value[], to: Builder): readonly Value[] {
    const [left, right] = operandsOf(layer, inputs);
    const normalize = layer.config.normalize === true;
    const a = normalize ? lowerNormalized(layer, left, to) : kept(left);
    const b = normalize ? lowerNormalized(layer, right, to) : kept(right);
    const sizes = { groups: 1, rows: left.count, inner: left.length, columns: right.count };
    const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
    const flags = { transposeA: flag(left.isColumns), transposeB: flag(!right.isColumns) };
    to.emit({ kernel: 'matrixProduct', args: { a: a.value.buffer, b: b.value.buffer, y, ...sizes, ...flags } });
    to.onCallBackward(([dy]) => [
      a.backward(emitGradient(layer, left, { dy, other: right, buffer: b.value.buffer, isRight: false }, to)),
      b.backward(emitGradient(layer, right, { dy, other: left, buffer: a.value.buffer, isRight: true }, to)),
    ]);
    return [{ buffer: y, shape: layer.outputShape, trained: isAnyTrained(inputs) }];
  },
};

/** An input as a matrix: `count` vectors of `length` elements, in its rows or in its columns. */
interface Operand {
  readonly value: Value;
  readonly count: number;
  readonly length: number;
  readonly isColumns: boolean;
}

function operandsOf(layer: LayerDescription, inputs: readonly Value[]): [Operand, Operand] {
  const axes = layer.config.axes as number | readonly number[];
  const [left, right] = inputs.map((value, i) => operandOf(layer, value, typeof axes === 'number' ? axes : axes[i]));
  return [left, right];
}

function operandOf({ name, config }: LayerDescription, value: Value, axis: number): Operand {
  const { shape } = value;
  const along = rowAxis(axis, shape.length);
  const isColumns = shape.length === 2 && along === 0;
  if (shape.length > 2 || (isColumns && config.normalize === true)) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${name} takes products along axis ${axis} of rows of shape [${shape.join(', ')}]${config.normalize === true ? ', normalized' : ''}; give rows of one or two axes, and the last axis to normalize.`,
    );
  }
  const length = shape[along];
  return { value, count: sizeOf(shape) / length, length, isColumns };
}

interface Lowered {
  readonly value: Value;
  backward(gradient: number): number;
}

const kept = ({ value }: Operand): Lowered => ({ value, backward: (gradient) => gradient });

function lowerNormalized(
  layer: LayerDescription,
  { value, count: groups, length: size }: Operand,
  to: Builder,
): Lowered {
  const x = value.buffer;
  const y = to.buffer(`${layer.name} normalized`, groups * size);
  to.emit({ kernel: 'normalizeForward', args: { x, y, groups, size } });
  return {
    value: { ...value, buffer: y },
    backward: (dy) => {
      if (dy >= 0) to.emitBackward({ kernel: 'normalizeBackward', args: { x, dy, dx: dy, groups, size } });
      return dy;
    },
  };
}

/** What an operand's gradient is made of. */
interface Given {
  readonly dy: number;
  /** The other operand, and its buffer as the product read it. */
  readonly other: Operand;
  readonly buffer: number;
  /** Whether the operand is the right one, whose vectors are y's columns. */
  readonly isRight: boolean;
}

/**
 * With vectors in rows the left gradient is dy · B and the right one dyᵀ · A; with vectors in columns it is the transpose
 * of that, so the factors change places.
 */
function emitGradient(
  layer: LayerDescription,
  own: Operand,
  { dy, other, buffer, isRight }: Given,
  to: Builder,
): number {
  if (!own.value.trained) return -1;
  const y = to.buffer(`${layer.name} input gradient`, own.count * own.length);
  const shared = { y, groups: 1, inner: other.count };
  const args = own.isColumns
    ? {
        ...shared,
        rows: own.length,
        columns: own.count,
        a: buffer,
        b: dy,
        transposeA: flag(!other.isColumns),
        transposeB: flag(!isRight),
      }
    : {
        ...shared,
        rows: own.count,
        columns: own.length,
        a: dy,
        b: buffer,
        transposeA: flag(isRight),
        transposeB: flag(other.isColumns),
      };
  to.emitBackward({ kernel: 'matrixProduct', args });
  return y;
}

const flag = (value: boolean): number => (value ? 1 : 0);
