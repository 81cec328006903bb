import { userError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import type { OpenLengths, OpenShape } from '../models/openLengths.js';
import { hasMethod, show } from '../options/values.js';
import { sourcesFor } from './named.js';
import { nestedShape } from './numberArrays.js';

/** A model as its data see it. */
export interface DataModel {
  /** That of all rows, or of rows of the planned lengths. */
  readonly program: Program;
  /** The lengths of rows that it leaves open, if it does. */
  readonly lengths: OpenLengths | null;
}

/** The program for inputs as they are given: where lengths are open, that of their lengths. */
export async function programFor({ program, lengths }: DataModel, x: unknown): Promise<Program> {
  if (lengths === null) return program;
  const names = program.inputs.map(({ name }) => name);
  const shapes = sourcesFor('x', x, names).map((source, i) =>
    rowShape(source, lengths.rows[i], names.length === 1 ? 'x' : `x.${names[i]}`),
  );
  return lengths.programFor(shapes);
}

/** Whether a shape is one that an open shape stands for. */
export function isOfShape(shape: readonly number[], open: OpenShape): boolean {
  return shape.length === open.length && open.every((length, i) => length === null || length === shape[i]);
}

function rowShape(source: unknown, open: OpenShape, name: string): number[] {
  const shape = shapeOf(source, name);
  const row = shape?.slice(1) ?? [];
  if (isOfShape(row, open) && row.every((length) => length > 0)) return row;
  const taken = `[rows, ${open.map(String).join(', ')}]`;
  if (shape === undefined) {
    throw userError(
      'INVALID_DATA',
      `${name} is ${show(source)}, which does not say its shape, but the model takes ${taken} with any length for null; give a tensor, nested arrays, or { values, shape }.`,
    );
  }
  throw userError(
    'SHAPE_MISMATCH',
    `${name} has shape [${shape.join(', ')}], but the model takes ${taken} with any length for null; reshape the data or change the model.`,
  );
}

/** The shape that a source says it has. */
function shapeOf(source: unknown, name: string): readonly number[] | undefined {
  if (Array.isArray(source)) return nestedShape(source, name);
  const { shape } = Object(source) as { readonly shape?: unknown };
  const isGiven = Array.isArray(shape) && (hasMethod(source, 'data') || 'values' in Object(source));
  return isGiven ? shape : undefined;
}
