import type { ColumnChoices } from './csvColumns.js';
import type { CsvText } from './csvRecords.js';
import type { LabelForm } from './labels.js';
import type { NumberFormat } from './numberCells.js';

/**
 * What a label becomes: `classes` its class number (int32), `oneHot` a 1 among as many columns as there are classes,
 * `binary` 0 or 1 as float32, `numbers` itself as float32.
 */
export type TargetKind = 'classes' | 'oneHot' | 'binary' | 'numbers';

export interface CsvOptions extends Partial<CsvText>, ColumnChoices, NumberFormat {
  /** Whether the first line holds column names; default true, but a line of numbers is then refused. */
  readonly header?: boolean;
  /** Default `numbers`. */
  readonly target?: TargetKind;
  readonly classes?: readonly string[];
  /** Whether labels are names of classes or class numbers; settled by the file when it is not given. */
  readonly labelForm?: LabelForm;
  /** How many classes the model tells apart, when that is known. */
  readonly classCount?: number;
}

/** Values with their shape; those of `readCsv` are in shared memory. */
export interface CsvValues<T extends Float32Array | Float64Array | Int32Array> {
  readonly values: T;
  readonly shape: readonly number[];
}

export interface CsvTable<X extends Float32Array | Float64Array = Float32Array> {
  readonly rows: number;
  /** Shape [rows, features]. */
  readonly x: CsvValues<X>;
  /** Shape [rows, targets]; absent when the file has no labels. */
  readonly y?: CsvValues<Float32Array | Int32Array>;
  /** Names of the feature columns. */
  readonly columns: readonly string[];
  /** Names of the label columns. */
  readonly labels: readonly string[];
  /** Names of the classes, where labels are names or names were given. */
  readonly classes?: readonly string[];
  /** What labels that are classes were read as. */
  readonly labelForm?: LabelForm;
}
