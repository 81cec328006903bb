import type { RawColumn } from '../raw.js';
import type { ColumnSpec } from '../section.js';
import type { ColumnType } from '../source/source.js';

/** What is wrong with a value: told for the first row that has it. */
export interface BadValue {
  readonly row: number;
  readonly code: string;
  readonly finding: string;
  readonly advice: string;
}

/** Writes the inputs of the given rows into `x`, which is 0 there, from `at` on, `width` numbers a row. */
export type Encode = (rows: Int32Array, x: Float32Array, at: number, width: number) => void;

/**
 * A kind of feature columns: how a column becomes values, what is learned of these from the training rows, and the numbers of the
 * model's input that they become. `V` are the values, `F` is what is learned: plain data, which a run stores.
 */
export interface FeatureKind<S extends ColumnSpec, V, F> {
  /** As what such a column is read; undefined where a column of this type cannot be of this kind. */
  wants(type: ColumnType): 'number' | 'text' | undefined;
  /** What the cells say; a value that is none is noted. */
  values(spec: S, column: RawColumn, note: (bad: BadValue) => void): V;
  isMissing(values: V, row: number): boolean;
  /** Learned from the given rows alone. */
  fit(spec: S, values: V, rows: Int32Array): F;
  /** Names of the inputs. */
  inputs(fitted: F, name: string): string[];
  /** What writes the inputs of some rows. */
  encoder(fitted: F, values: V): Encode;
}
