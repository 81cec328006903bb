import { type LockstepError, userError } from '../../shared/errors.js';
import { formatsFor } from './numberCells.js';
import { quoted } from './quoted.js';

/** What is wrong with one row of a table, or one cell of it. */
export interface TableProblem {
  readonly code: string;
  /** The 1-based line of the file. */
  readonly line: number;
  /** The column, for messages; none where the whole row is wrong. */
  readonly column?: string;
  /** What was found, and what was expected. */
  readonly finding: string;
  /** What to do about it. */
  readonly advice: string;
}

/** How many are told at once: enough to mend a file in one go, few enough to read. */
const MOST = 10;

/** Who hears what is wrong with a table. */
export interface ProblemEar {
  /** Notes a problem; may end the reading. */
  add(problem: TableProblem): void;
  /** Ends the reading if there are any. */
  throwIfAny(): void;
}

/** The problems of one file, which are told together. */
export class TableProblems implements ProblemEar {
  readonly #path: string;
  readonly #problems: TableProblem[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Notes one; when there are as many as are told, it ends the reading with them. */
  add(problem: TableProblem): void {
    this.#problems.push(problem);
    if (this.#problems.length === MOST) throw this.#error();
  }

  /** Ends the reading if there are any. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw this.#error();
  }

  /** The code is that of the first problem; a single one reads as a sentence of its own. */
  #error(): LockstepError {
    const problems = this.#problems.toSorted((a, b) => a.line - b.line);
    const [{ code, advice }] = problems;
    if (problems.length === 1) return userError(code, `${this.#path}, ${inWords(problems[0])}; ${advice}.`);
    const count =
      problems.length < MOST ? `${problems.length} problems` : `at least ${MOST} problems, of which the first are`;
    const same = problems.every((problem) => problem.advice === advice);
    const listed = problems.map((problem, i) => `(${i + 1}) ${inWords(problem)}`).join('; ');
    return userError(
      code,
      `${this.#path} has ${count}: ${listed}; ${same ? advice : 'mend them, or leave out their rows or columns'}.`,
    );
  }
}

function inWords({ line, column, finding }: TableProblem): string {
  return column === undefined ? `row ${line} ${finding}` : `row ${line}, ${column}: ${finding}`;
}

/** Where a cell stands: its line, and its column in words. */
export type CellPlace = Required<Pick<TableProblem, 'line' | 'column'>>;

/** A cell that holds no number, or one beyond float32. */
export function noNumber(place: CellPlace, cell: string, value: number): TableProblem {
  const finding = Number.isNaN(value)
    ? `${quoted(cell)} is not a finite number`
    : `${quoted(cell)} is beyond the range of float32 (3.4e38)`;
  const formats = formatsFor(cell);
  const advice =
    formats === ''
      ? 'mend the cell, or leave the column out with data.ignore'
      : `if numbers are written so, set ${formats}; else mend the cell`;
  return { code: 'CSV_NOT_A_NUMBER', ...place, finding, advice };
}

/** A cell without a value, where there has to be one. */
export function missing(
  place: CellPlace,
  cell: string,
  advice = 'fill it in, or leave out the row or the column',
): TableProblem {
  const finding = cell.trim() === '' ? 'the cell is empty' : `${quoted(cell)} is a missing value`;
  return { code: 'CSV_MISSING_VALUE', ...place, finding, advice };
}

/** A row that has not as many cells as the first. */
export function ragged(line: number, found: number, width: number): TableProblem {
  const finding = `has ${found} ${found === 1 ? 'column' : 'columns'}, but the first line has ${width}`;
  return { code: 'CSV_RAGGED', line, finding, advice: 'every row needs the same' };
}
