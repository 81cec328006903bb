import { z } from 'zod';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import type { GraphLowering } from '../../layer.js';
import { type Matrices, matrixProduct, oneMatrix, transposed } from '../../matrices.js';
import { lowerPermuted } from '../../strided.js';
import { isAnyTrained, rowAxis } from './shapes.js';

/** Dot products of two inputs along one axis of each; with `normalize`, of vectors brought to length 1. */
export const dot: GraphLowering = {
  type: 'Dot',
  arguments: { axes: z.union([z.int(), z.array(z.int()).length(2)]), normalize: z.boolean().optional() },

  lowerCall(layer: LayerDescription, inputs: readonly Value[], to: Builder): readonly Value[] {
    const parts = inputs.map((x, i) => to.part(() => withAxisLast(layer, x, i, to)));
    const [left, right] = operandsOf(layer, parts);
    const normalize = layer.config.normalize === true;
    const a = normalize ? lowerNormalized(layer, left, to) : kept(left);
    const b = normalize ? lowerNormalized(layer, right, to) : kept(right);
    const [rows, inner, columns] = [left.count, left.length, right.count];
    const productOf = (buffer: number): Matrices => oneMatrix(buffer, rows * columns, columns);
    const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
    const [aVectors, bVectors] = [vectorsOf(left, a.value.buffer), vectorsOf(right, b.value.buffer)];
    to.emit(matrixProduct(aVectors, transposed(bVectors), productOf(y), { groups: 1, rows, inner, columns, scale: 1 }));
    to.onCallBackward(([dy]) => [
      back(
        parts[0],
        a.backward(emitGradient(layer, left, { count: columns, vectors: bVectors, dy: productOf(dy) }, to)),
      ),
      back(
        parts[1],
        b.backward(emitGradient(layer, right, { count: rows, vectors: aVectors, dy: transposed(productOf(dy)) }, to)),
      ),
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

type Part = ReturnType<Builder['part']>;

const back = ({ backward }: Part, gradient: number): number => (gradient < 0 ? -1 : backward(gradient));

/** The axis of an input that products are taken along. */
function axisOf({ config }: LayerDescription, { shape }: Value, i: number): number {
  const axes = config.axes as number | readonly number[];
  return rowAxis(typeof axes === 'number' ? axes : axes[i], shape.length);
}

/** An input whose axis is neither the last one nor the first of two, with that axis brought to the end. */
function withAxisLast(layer: LayerDescription, x: Value, i: number, to: Builder): Value {
  const along = axisOf(layer, x, i);
  const isMatrix = x.shape.length <= 2 && layer.config.normalize !== true;
  if (isMatrix || along === x.shape.length - 1) return x;
  const others = [...x.shape.keys()].filter((axis) => axis !== along);
  return lowerPermuted({ name: `${layer.name} input ${i}` }, x, [...others, along], to);
}

function operandsOf(layer: LayerDescription, parts: readonly Part[]): [Operand, Operand] {
  const [left, right] = parts.map(({ value }, i): Operand => {
    const { shape } = value;
    const isColumns = shape.length === 2 && layer.config.normalize !== true && axisOf(layer, value, i) === 0;
    const length = shape[isColumns ? 0 : shape.length - 1];
    return { value, count: sizeOf(shape) / length, length, isColumns };
  });
  return [left, right];
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

/** The vectors of an operand as the rows of a matrix. */
function vectorsOf({ count, length, isColumns }: Operand, buffer: number): Matrices {
  return isColumns ? transposed(oneMatrix(buffer, count * length, count)) : oneMatrix(buffer, count * length, length);
}

/** The other operand's vectors, and y's gradient with a row for each own vector and a column for each of the others. */
interface Others {
  readonly count: number;
  readonly vectors: Matrices;
  readonly dy: Matrices;
}

/** The gradient of own vectors is dy · others; of vectors in columns the transpose of that, othersᵀ · dyᵀ. */
function emitGradient(layer: LayerDescription, own: Operand, { count, vectors, dy }: Others, to: Builder): number {
  if (!own.value.trained) return -1;
  const size = own.count * own.length;
  const buffer = to.buffer(`${layer.name} input gradient`, size);
  const shared = { groups: 1, inner: count, scale: 1 };
  to.emitBackward(
    own.isColumns
      ? matrixProduct(transposed(vectors), transposed(dy), oneMatrix(buffer, size, own.count), {
          ...shared,
          rows: own.length,
          columns: own.count,
        })
      : matrixProduct(dy, vectors, oneMatrix(buffer, size, own.length), {
          ...shared,
          rows: own.count,
          columns: own.length,
        }),
  );
  return buffer;
}
