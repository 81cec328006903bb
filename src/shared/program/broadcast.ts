import { userError } from '../errors.js';

/**
 * The shape that rows of several shapes have together: aligned at the last axis, each axis of one length, of which those
 * of length 1 are repeated. `layer` is for the message.
 */
export function broadcastShapes(layer: string, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const length = Math.max(...lengths);
    if (lengths.every((own) => own === length || own === 1)) return length;
    throw userError(
      'SHAPES_DIFFER',
      `Layer ${layer} merges rows of shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')}, which differ in axis ${axis + 1}; give inputs of one shape, or of length 1 where they differ.`,
    );
  });
}
