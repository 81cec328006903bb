import { inWords, isText } from '../../../coordinator/data/arrays/elements.js';
import { classesOf, severalTexts } from '../../../coordinator/data/arrays/read.js';
import {
  type Rows,
  readNumbers,
  readTexts,
  rowsOf,
  type StoredArray,
  sizeOfShape,
} from '../../../coordinator/data/arrays/storedArray.js';
import type { LabelForm } from '../../../coordinator/data/labels.js';
import { listed, quoted } from '../../../coordinator/data/quoted.js';
import { type Targets, targetsOf } from '../../../coordinator/options/losses.js';
import type { DataSource } from '../../../coordinator/options/trainerOptions.js';
import type { OutputFacts } from '../../../coordinator/trainerFacts.js';
import { userError } from '../../../shared/errors.js';
import { readFinite } from './finite.js';
import { requireRowShape } from './shapes.js';

/** How the labels of an output are read. */
export interface TargetReader {
  read(rows: Rows): DataSource;
  /** Names of the classes, where they have names. */
  readonly classes?: readonly string[];
}

/** What is known of the classes of an output: their names, and what labels were when a model was trained on them. */
export interface KnownClasses {
  readonly names?: readonly string[] | undefined;
  readonly form?: LabelForm | undefined;
}

/** What labels of a type, in words, are: texts are names of classes. */
export function formOf(type: string): LabelForm {
  return type.startsWith('text') ? 'names' : 'numbers';
}

/** The labels of one output: numbers as they are, or classes by their numbers or names. All of them are looked at beforehand. */
export function targetReader(array: StoredArray, output: OutputFacts, { names, form }: KnownClasses): TargetReader {
  requireForm(array, form);
  const targets = output.loss === null ? 'numbers' : targetsOf(output.loss);
  const classes = classCount(targets, output.shape);
  if (isText(array.element)) return textReader(array, output, { targets, classes, names });
  const size = sizeOfShape(rowsOf(array).row);
  const outputs = sizeOfShape(output.shape);
  const areNumbers = targets === 'classes' || (isOneHot(targets) && size === 1 && outputs > 1);
  if (names !== undefined && classes !== undefined) requireCount(names.length, classes, array);
  if (areNumbers) requireClassNumbers(array, classes as number);
  if (targets === 'classes') {
    const row = size === 1 ? [1] : rowsOf(array).row;
    const read = (rows: Rows): DataSource => shaped(readNumbers(array, rows), row);
    return { read, ...(names && { classes: names }) };
  }
  if (areNumbers) {
    const read = (rows: Rows): DataSource => oneHot(readNumbers(array, rows), outputs);
    return { read, ...(names && { classes: names }) };
  }
  requireRowShape(array, output.shape, `output ${output.name} of the model`);
  return { read: (rows) => shaped(readFinite(array, rows), output.shape), ...(names && { classes: names }) };
}

/** Whoever mixed up names and numbers would mix up classes: their order is that of the names. */
function requireForm(array: StoredArray, form: LabelForm | undefined): void {
  const found = formOf(inWords(array.element));
  if (form === undefined || form === found) return;
  throw userError(
    'LABEL_FORM',
    `${array.name} holds labels that are ${found}, but the model was trained on labels that are ${form}; save them as the ${form} that the training file has.`,
  );
}

interface ClassRule {
  readonly targets: Targets;
  /** How many classes the output tells apart. */
  readonly classes: number | undefined;
  readonly names: readonly string[] | undefined;
}

/** Texts are names of classes; those that nobody gave are found, in alphabetical order. */
function textReader(array: StoredArray, output: OutputFacts, { targets, classes, names }: ClassRule): TargetReader {
  if (array.shape.length !== 1) throw severalTexts(array);
  if (classes === undefined) {
    throw userError(
      'ARRAY_TYPE',
      `${array.name} holds texts, but the loss ${output.loss} of output ${output.name} takes numbers; save numbers, or use a loss over classes.`,
    );
  }
  const texts = readTexts(array, { from: 0, to: rowsOf(array).rows });
  const known = names ?? classesOf(texts);
  requireCount(known.length, classes, array);
  const numberOf = new Map(known.map((name, number) => [name, number]));
  const strays = texts.flatMap((text, row) => (numberOf.has(text) ? [] : [`${quoted(text)} in row ${row}`]));
  if (strays.length > 0) throw strayLabels(array, strays, `the classes ${listed(known, 6)}`);
  const numbers = Int32Array.from(texts, (text) => numberOf.get(text) as number);
  const outputs = sizeOfShape(output.shape);
  const read = (rows: Rows): DataSource => {
    const chosen = rows instanceof Int32Array ? rows.map((row) => numbers[row]) : numbers.subarray(rows.from, rows.to);
    return isOneHot(targets) && outputs > 1 ? oneHot(chosen, outputs) : shaped(chosen, [1]);
  };
  return { read, classes: known };
}

function isOneHot(targets: Targets): boolean {
  return targets === 'oneHot' || targets === 'probabilities';
}

/** How many classes an output tells apart; undefined where its labels are numbers. */
function classCount(targets: Targets, shape: readonly number[]): number | undefined {
  const last = shape.at(-1) ?? 1;
  if (targets === 'classes' || (isOneHot(targets) && last > 1)) return last;
  return targets === 'binary' && sizeOfShape(shape) === 1 ? 2 : undefined;
}

function shaped(values: DataSource, row: readonly number[]): DataSource {
  const numbers = values as Float32Array;
  return { values: numbers, shape: [numbers.length / sizeOfShape(row), ...row] };
}

function oneHot(numbers: ArrayLike<number>, classes: number): DataSource {
  const values = new Float32Array(new SharedArrayBuffer(4 * numbers.length * classes));
  for (let row = 0; row < numbers.length; row++) values[row * classes + numbers[row]] = 1;
  return { values, shape: [numbers.length, classes] };
}

const CHUNK = 1 << 16;

/** Every label is looked at before the first step, a chunk at a time. */
function requireClassNumbers(array: StoredArray, classes: number): void {
  const { rows, row } = rowsOf(array);
  const size = sizeOfShape(row);
  const most = Math.max(1, Math.floor(CHUNK / size));
  const strays: string[] = [];
  for (let from = 0; from < rows && strays.length <= MOST_TOLD; from += most) {
    const numbers = readNumbers(array, { from, to: Math.min(rows, from + most) });
    for (let i = 0; i < numbers.length && strays.length <= MOST_TOLD; i++) {
      const isClass = Number.isInteger(numbers[i]) && numbers[i] >= 0 && numbers[i] < classes;
      if (!isClass) strays.push(`${numbers[i]} in row ${from + Math.floor(i / size)}`);
    }
  }
  if (strays.length > 0) throw strayLabels(array, strays, `class numbers from 0 to ${classes - 1}`);
}

/** How many wrong labels are told at once. */
const MOST_TOLD = 10;

function strayLabels(array: StoredArray, strays: readonly string[], expected: string): Error {
  const more = strays.length > MOST_TOLD ? ' …' : '';
  return userError(
    'LABEL_OUT_OF_RANGE',
    `${array.name} has labels that are none of ${expected}: ${strays.slice(0, MOST_TOLD).join(', ')}${more}; mend them, or change data.classes or the last layer's units.`,
  );
}

function requireCount(names: number, classes: number, { name }: StoredArray): void {
  if (names === classes) return;
  throw userError(
    'CLASS_COUNT',
    `The labels in ${name} name ${names} classes, but the model tells ${classes} apart; name them all in data.classes, or change the last layer's units.`,
  );
}
