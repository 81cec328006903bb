import { userError } from '../../../shared/errors.js';
import type { KernelArguments } from '../../../shared/kernels/table.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';

/** How far apart neighbours along one axis lie in a record; 0 reads the same element again and again. */
export interface Axis {
  readonly length: number;
  readonly stride: number;
}

/** A view of a record of `size` elements: the element at an index is at offset + Σ index · stride. */
export interface View {
  readonly size: number;
  readonly offset?: number;
  readonly axes: readonly Axis[];
}

/** What errors and buffers are named by. */
type Named = Pick<LayerDescription, 'name'>;

type StridedArguments = Omit<KernelArguments<'stridedCopy'>, 'x' | 'y'>;

/** The strides of a dense row-major shape. */
export function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** The layer's output is the view of its input. */
export function lowerStridedCopy(
  layer: Named & Pick<LayerDescription, 'outputShape'>,
  x: Value,
  view: View,
  to: Builder,
): Value {
  const args = stridedArguments(layer, view);
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  to.emit({ kernel: 'stridedCopy', args: { x: x.buffer, y, ...args } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, view.size);
    to.emitBackward({ kernel: 'stridedSum', args: { y: dy, x: dx, ...args } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}

/** The value with its axes in another order: axis i of the result is axis order[i] of x. */
export function lowerPermuted(layer: Named, x: Value, order: readonly number[], to: Builder): Value {
  const strides = denseStrides(x.shape);
  const axes = order.map((axis) => ({ length: x.shape[axis], stride: strides[axis] }));
  const outputShape = axes.map(({ length }) => length);
  return lowerStridedCopy({ ...layer, outputShape }, x, { size: sizeOf(x.shape), axes }, to);
}

/** The layer's input is the view of its output, which is zero elsewhere. */
export function lowerStridedSum(layer: LayerDescription, x: Value, view: View, to: Builder): Value {
  const args = stridedArguments(layer, view);
  const y = to.buffer(`${layer.name} output`, view.size);
  to.emit({ kernel: 'stridedSum', args: { y: x.buffer, x: y, ...args } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    to.emitBackward({ kernel: 'stridedCopy', args: { x: dy, y: dx, ...args } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}

/** A value repeated along its axes of length 1, and those it lacks in front, to a shape; and how gradients come back. */
export function lowerRepeated(layer: LayerDescription, x: Value, shape: readonly number[], to: Builder) {
  if (x.shape.join() === shape.join()) return { value: x, backward: (dy: number): number => dy };
  const missing = shape.length - x.shape.length;
  const strides = denseStrides(x.shape);
  const axes = shape.map((length, axis) => ({
    length,
    stride: (x.shape[axis - missing] ?? 1) === 1 ? 0 : strides[axis - missing],
  }));
  const args = stridedArguments(layer, { size: sizeOf(x.shape), axes });
  const y = to.buffer(`${layer.name} repeated input`, sizeOf(shape));
  to.emit({ kernel: 'stridedCopy', args: { x: x.buffer, y, ...args } });
  const backward = (dy: number): number => {
    if (dy < 0 || !x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(x.shape));
    to.emitBackward({ kernel: 'stridedSum', args: { y: dy, x: dx, ...args } });
    return dx;
  };
  return { value: { ...x, buffer: y, shape }, backward };
}

/** The kernel's five axes, those in front of length 1. */
export function stridedArguments(layer: Named, { size, offset = 0, axes }: View): StridedArguments {
  const merged = mergeAxes(axes);
  if (merged.length > 5) {
    throw userError(
      'UNSUPPORTED_SHAPE',
      `Layer ${layer.name} moves ${merged.length} axes independently, but its kernel has 5; use fewer axes, or Reshape before it.`,
    );
  }
  const [a0, a1, a2, a3, a4] = [
    ...Array.from({ length: 5 - merged.length }, () => ({ length: 1, stride: 0 })),
    ...merged,
  ];
  return {
    size,
    offset,
    length0: a0.length,
    length1: a1.length,
    length2: a2.length,
    length3: a3.length,
    length4: a4.length,
    stride0: a0.stride,
    stride1: a1.stride,
    stride2: a2.stride,
    stride3: a3.stride,
    stride4: a4.stride,
  };
}

/** The same elements in the same order with as few axes as possible, so that inner loops are long. */
function mergeAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes.filter(({ length }) => length > 1)) {
    const outer = merged[merged.length - 1];
    if (outer !== undefined && outer.stride === axis.length * axis.stride) {
      merged[merged.length - 1] = { length: outer.length * axis.length, stride: axis.stride };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}
