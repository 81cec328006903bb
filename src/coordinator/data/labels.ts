import { userError } from '../../shared/errors.js';
import { growingInts } from './growing.js';

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
}

/** Class numbers of all rows, and the names of the classes where labels are names. */
export interface Classes {
  readonly numbers: Int32Array;
  readonly names?: readonly string[];
}

/** A label as it is written, and the first line that has it. */
interface Seen {
  readonly text: string;
  readonly line: number;
}

/** Collects the label cells of a classification; what they mean is settled once all are seen. */
export class ClassLabels {
  readonly #ids = new Map<string, number>();
  readonly #seen: Seen[] = [];
  readonly #rows = growingInts();

  add(text: string, line: number): void {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#seen.push({ text, line }) - 1;
      this.#ids.set(text, id);
    }
    this.#rows.push(id);
  }

  /** Turns every label into its class number. */
  finish(rule: ClassRule, place: LabelPlace): Classes {
    const { classOf, names } = settleClasses(this.#seen, rule, place);
    const table = this.#seen.map(classOf);
    return { numbers: this.#rows.join().map((id) => table[id]), ...(names && { names }) };
  }
}

/** Labels are given names, or class numbers, or names that are inferred: sorted, when none of them is a number. */
function settleClasses(seen: readonly Seen[], { names, count }: ClassRule, place: LabelPlace) {
  const known = names ?? [];
  if (names !== undefined && seen.every(({ text }) => known.includes(text))) {
    return { classOf: ({ text }: Seen) => known.indexOf(text), names };
  }
  const numeric = seen.filter(({ text }) => isNumber(text));
  if (names === undefined && numeric.length === 0) return inferNames(seen, count, place);
  if (names !== undefined && numeric.length < seen.length) throw unknownName(seen, known, place);
  const classes = count ?? names?.length ?? Number.POSITIVE_INFINITY;
  return { classOf: (label: Seen) => classNumber(label, classes, place), names };
}

function inferNames(seen: readonly Seen[], count: number | undefined, { path, column }: LabelPlace) {
  const names = seen.map(({ text }) => text).sort();
  if (count !== undefined && names.length !== count) {
    throw userError(
      'CSV_CLASS_COUNT',
      `${path}, ${column}: the labels name ${names.length} classes (${shorten(names)}), but the model tells ${count} apart; name them all in data.classes, or change the last layer's units.`,
    );
  }
  return { classOf: ({ text }: Seen) => names.indexOf(text), names };
}

function classNumber({ text, line }: Seen, classes: number, { path, column }: LabelPlace): number {
  const value = isNumber(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= 0 && value < classes) return value;
  const expected = Number.isFinite(classes) ? `a class number from 0 to ${classes - 1}` : 'a class number from 0';
  throw userError(
    'CSV_LABEL',
    `${path}, row ${line}, ${column}: label ${JSON.stringify(text)} is not ${expected}; mend it, or change the last layer's units.`,
  );
}

function unknownName(seen: readonly Seen[], known: readonly string[], { path, column }: LabelPlace): Error {
  const { text, line } = seen.find((label) => !known.includes(label.text)) as Seen;
  return userError(
    'CSV_LABEL',
    `${path}, row ${line}, ${column}: label ${JSON.stringify(text)} is not in data.classes (${shorten(known)}); mend it, or add the class.`,
  );
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

function shorten(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')}, …`;
}
