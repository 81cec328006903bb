import { columnInWords } from '../../../coordinator/data/csvTable.js';
import { type ProblemEar, type TableProblem, TableProblems } from '../../../coordinator/data/tableProblems.js';
import type { TableSource } from './source/source.js';

/** A problem whose `line` is still the row, counted from 0. */
type RowProblem = TableProblem;

/** Ends the work on a table; what is wrong with it is told once the lines of its rows are known. */
class RowsAreWrong extends Error {
  readonly problems: readonly RowProblem[];

  constructor(problems: readonly RowProblem[]) {
    super('rows of a table are wrong');
    this.problems = problems;
  }
}

/** Gathers what is wrong with the rows of a table that was read already. */
export class RowProblems implements ProblemEar {
  readonly #problems: RowProblem[] = [];
  readonly #header: boolean | undefined;

  constructor({ dialect }: Pick<TableSource, 'dialect'>) {
    this.#header = dialect?.header;
  }

  add(problem: RowProblem): void {
    this.#problems.push(problem);
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) throw new RowsAreWrong(this.#problems);
  }

  /** A column as messages call it. */
  column(name: string): string {
    return columnInWords(name, this.#header);
  }
}

/** How many are told at once. */
const MOST = 10;

/** Does work on the rows of a table; problems of rows become one error, which names the lines of the first ten. */
export async function tellingLines<T>(source: TableSource, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RowsAreWrong)) throw error;
    const first = error.problems.toSorted((a, b) => a.line - b.line).slice(0, MOST);
    const rows = [...new Set(first.map(({ line }) => line))];
    const places = await source.locate(rows);
    const told = new TableProblems(places[0].path);
    for (const problem of first) {
      const { path, line } = places[rows.indexOf(problem.line)];
      if (path === places[0].path) told.add({ ...problem, line });
    }
    told.throwIfAny();
    throw error;
  }
}
