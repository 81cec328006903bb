import { sizeOf } from '../../../coordinator/compiler/lower/description.js';
import type { CsvOptions, CsvTable, TargetKind } from '../../../coordinator/data/csv.js';
import type { ColumnChoice } from '../../../coordinator/data/csvColumns.js';
import type { LabelForm } from '../../../coordinator/data/labels.js';
import type { NumberFormat } from '../../../coordinator/data/numberCells.js';
import type { Scaling } from '../../../coordinator/data/scaling.js';
import { type LossName, targetsOf } from '../../../coordinator/options/losses.js';
import { userError } from '../../../shared/errors.js';
import type { DataRequest, ModelShapes } from '../format.js';
import type { CsvConfig } from './section.js';

/** How a file is read for a model, before anything is learned from it. */
export interface Reading extends NumberFormat {
  /** Not given: a header is expected, but one of numbers is refused. */
  readonly header?: boolean;
  readonly skipRows: number;
  readonly delimiter: string;
  readonly label: ColumnChoice | readonly ColumnChoice[];
  readonly ignore?: readonly ColumnChoice[];
  readonly target: TargetKind;
  readonly classes?: readonly string[];
  /** What the labels of the training file were: those of other files are the same. */
  readonly labelForm?: LabelForm;
  /** Shape of one row of input. */
  readonly shape: readonly number[];
}

/** A reading with what the training data taught: stored with the run, so that other data is read exactly the same. */
export interface Preprocessing extends Reading {
  /** Names of the feature columns, in order. */
  readonly columns: readonly string[];
  readonly scaling: Scaling;
  /** sha256 of the training file's numbers. */
  readonly digest: string;
}

/** How the files of a run are read; what does not fit the model is an error before any file is opened. */
export function resolveReading(data: CsvConfig, { losses, model }: DataRequest): Reading {
  const { inputShape, outputShape } = model;
  const { header, skipRows, delimiter, decimal, thousands, label, ignore, classes, oneHot } = data;
  // The shapes are those of a model of one output, so there is one loss.
  const [loss] = losses;
  const target = targetKind(loss.name, label, oneHot);
  requireTargets(target, label, outputShape);
  if (classes !== undefined) requireClassCount(classes.length, classCount(target, outputShape));
  return {
    ...(header !== undefined && { header }),
    skipRows,
    delimiter,
    ...(decimal !== undefined && { decimal }),
    ...(thousands !== undefined && { thousands }),
    label,
    ...(ignore && { ignore }),
    target,
    ...(classes && { classes }),
    shape: requireShape(data.shape, inputShape),
  };
}

/** A reading with what the training file told: its features, its classes, and in a file with a header its labels by name. */
export function remember(
  reading: Reading,
  { columns, labels, classes, labelForm }: Omit<CsvTable, 'x'>,
): Omit<Preprocessing, 'scaling' | 'digest'> {
  return {
    ...reading,
    columns,
    label: reading.header === false ? reading.label : labels,
    ...(classes && { classes }),
    ...(labelForm && { labelForm }),
  };
}

/** What `readCsv` needs for a reading; a stored one also knows the features by name. */
export function readOptions(reading: Reading | Preprocessing, { outputShape }: ModelShapes): CsvOptions {
  const { shape: _, ...options } = reading;
  const count = classCount(reading.target, outputShape);
  return {
    ...options,
    ...('columns' in reading && { features: reading.columns }),
    ...(count !== undefined && { classCount: count }),
  };
}

/** The file's features must fill one row of the model's input. */
export function requireFeatures(path: string, { columns }: Pick<CsvTable, 'columns'>, shape: readonly number[]): void {
  if (columns.length === sizeOf(shape)) return;
  throw userError(
    'CSV_FEATURES',
    `${path} has ${columns.length} feature columns, but one row of the model's input is [${shape.join(', ')}], which is ${sizeOf(shape)} numbers; change inputShape, data.label or data.ignore.`,
  );
}

export function targetKind(loss: LossName, label: Reading['label'], oneHot: boolean | undefined): TargetKind {
  const targets = targetsOf(loss);
  if (targets === 'classes') {
    if (oneHot !== true) return 'classes';
    throw userError(
      'CONFIG_CONFLICT',
      `data.oneHot is true, but the loss ${loss} takes class numbers; remove data.oneHot or use categoricalCrossentropy.`,
    );
  }
  const several = Array.isArray(label) && label.length > 1;
  if (oneHot ?? ((targets === 'oneHot' || targets === 'probabilities') && !several)) return 'oneHot';
  return targets === 'binary' && !several ? 'binary' : 'numbers';
}

export function requireTargets(target: TargetKind, label: Reading['label'], outputShape: readonly number[]): void {
  const outputs = sizeOf(outputShape);
  const labels = [label].flat().length;
  if (target === 'binary' && outputs !== 1) {
    throw userError(
      'TARGET_MISMATCH',
      `A binary loss reads one label a row, but the model has ${outputs} outputs; give the last layer units: 1, or set data.oneHot to true.`,
    );
  }
  if (target === 'numbers' && outputs !== labels) {
    throw userError(
      'TARGET_MISMATCH',
      `data.label names ${labels} column${labels === 1 ? '' : 's'}, but the model has ${outputs} outputs; name ${outputs}, or change the last layer's units.`,
    );
  }
}

/** How many classes the model tells apart, where its targets are classes. */
export function classCount(target: TargetKind, outputShape: readonly number[]): number | undefined {
  if (target === 'numbers') return undefined;
  return target === 'binary' ? 2 : outputShape[outputShape.length - 1];
}

export function requireClassCount(names: number, classes: number | undefined): void {
  if (classes === undefined || names === classes) return;
  throw userError(
    'CLASS_COUNT',
    `data.classes has ${names} names, but the model tells ${classes} classes apart; name each output once, or change the last layer's units.`,
  );
}

function requireShape(given: readonly number[] | undefined, inputShape: readonly number[]): readonly number[] {
  if (given === undefined || given.join() === inputShape.join()) return inputShape;
  throw userError(
    'SHAPE_MISMATCH',
    `data.shape is [${given.join(', ')}], but the model's input is [${inputShape.join(', ')}]; change one, or remove data.shape.`,
  );
}
