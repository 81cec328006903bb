import { type LockstepError, userError } from '../../shared/errors.js';

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

/** The problems of one file, which are told together. */
export class TableProblems {
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
