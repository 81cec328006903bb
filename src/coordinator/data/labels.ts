import { userError } from '../../shared/errors.js';
import { growingInts } from './growing.js';
import { numberReader, type ReadNumber } from './numberCells.js';
import { listed, quoted } from './quoted.js';
import type { ProblemEar, TableProblem } from './tableProblems.js';

/** What a label cell is: the name of a class, or its number. */
export type LabelForm = 'names' | 'numbers';

/** Where labels stand, for messages. */
export interface LabelPlace {
  readonly path: string;
  readonly column: string;
}

/** The classes that labels may be. */
export interface ClassRule {
  /** Their names, in the order of the model's outputs. */
  readonly names?: readonly string[];
  /** How many the model tells apart. */
  readonly count?: number;
  /** What labels are, where that is known from the training data. */
  readonly form?: LabelForm;
}

/** Class numbers of all rows, and the names of the classes where labels are names. */
export interface Classes {
  readonly numbers: Int32Array;
  readonly form: LabelForm;
  readonly names?: readonly string[];
}

/** A label as it is written, and the first line that has it. */
interface Seen {
  readonly text: string;
  readonly line: number;
}

/** The class number of a label, or what is wrong with it. */
type ClassOf = (label: Seen) => number | Pick<TableProblem, 'finding' | 'advice'>;

/** Collects the label cells of a classification; what they mean is settled once all are seen. */
export class ClassLabels {
  readonly #read: ReadNumber;
  readonly #ids = new Map<string, number>();
  readonly #seen: Seen[] = [];
  readonly #rows = growingInts();

  constructor(read: ReadNumber) {
    this.#read = read;
  }

  add(text: string, line: number): void {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#seen.push({ text, line }) - 1;
      this.#ids.set(text, id);
    }
    this.#rows.push(id);
  }

  /** Turns every label into its class number; labels that are none are noted with the first line that has them. */
  finish(rule: ClassRule, place: LabelPlace, problems: ProblemEar): Classes {
    const form = rule.form ?? formOf(this.#seen, rule.names, this.#read);
    const isInferred = form === 'names' && rule.names === undefined;
    const names = isInferred ? this.#seen.map(({ text }) => text).sort() : rule.names;
    const classOf = form === 'numbers' ? byNumber(rule, this.#read) : byName(names ?? []);
    const table = this.#seen.map((label) => {
      const found = classOf(label);
      if (typeof found === 'number') return found;
      problems.add({ code: 'CSV_LABEL', line: label.line, column: place.column, ...found });
      return 0;
    });
    problems.throwIfAny();
    if (isInferred) requireCount(names ?? [], rule.count, place);
    return { numbers: this.#rows.join().map((id) => table[id]), form, ...(names && { names }) };
  }
}

/**
 * Once classes are named, labels are names, so that no single cell changes what the others mean. Only where every name is a
 * word and every label a number do names say how classes 0, 1, … are called. Classes that nobody has named are numbers as soon
 * as one label is.
 */
function formOf(seen: readonly Seen[], names: readonly string[] | undefined, read: ReadNumber): LabelForm {
  const isNumber = (text: string): boolean => Number.isFinite(read(text));
  if (names === undefined) return seen.some(({ text }) => isNumber(text)) ? 'numbers' : 'names';
  return areWords(names) && seen.every(({ text }) => isNumber(text)) ? 'numbers' : 'names';
}

/** Whether no name can be taken for a class number. */
export function areWords(names: readonly string[]): boolean {
  const read = numberReader();
  return names.every((name) => Number.isNaN(read(name)));
}

function byName(names: readonly string[]): ClassOf {
  const numbers = new Map(names.map((name, number) => [name, number]));
  return ({ text }) =>
    numbers.get(text) ?? {
      finding: `label ${quoted(text)} is not in data.classes (${listed(names, 6)})`,
      advice: 'mend it, or add the class',
    };
}

function byNumber({ names, count }: ClassRule, read: ReadNumber): ClassOf {
  const classes = count ?? names?.length ?? Number.POSITIVE_INFINITY;
  const expected = Number.isFinite(classes) ? `a class number from 0 to ${classes - 1}` : 'a class number from 0';
  return ({ text }) => {
    const value = read(text);
    if (Number.isInteger(value) && value >= 0 && value < Math.min(classes, MOST_CLASSES)) return value;
    return {
      finding: `label ${quoted(text)} is not ${expected}`,
      advice: "mend it, name all classes in data.classes, or change the last layer's units",
    };
  };
}

/** Class numbers are int32. */
const MOST_CLASSES = 2 ** 31;

function requireCount(names: readonly string[], count: number | undefined, { path, column }: LabelPlace): void {
  if (count === undefined || names.length === count) return;
  throw userError(
    'CSV_CLASS_COUNT',
    `${path}, ${column}: the labels name ${names.length} classes (${listed(names, 6)}), but the model tells ${count} apart; name them all in data.classes, or change the last layer's units.`,
  );
}
