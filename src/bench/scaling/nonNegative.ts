/** Below this share of the largest pivot, columns count as dependent. */
const DEPENDENT = 1e-12;

/**
 * Non-negative least squares: the x ≥ 0 that brings A·x nearest to b, for a matrix of few columns given by rows. The
 * solution is an ordinary least-squares solution on the columns where it is positive, so every set of columns is tried
 * (Lawson and Hanson, Solving Least Squares Problems, 1974, reach the same set step by step).
 */
export function nonNegativeLeastSquares(rows: readonly (readonly number[])[], b: readonly number[]): number[] {
  const columns = rows[0].length;
  let best = { x: Array<number>(columns).fill(0), residual: squares(b) };
  for (let set = 1; set < 2 ** columns; set++) {
    const chosen = Array.from({ length: columns }, (_, column) => column).filter((column) => (set >> column) & 1);
    if (chosen.length > rows.length) continue;
    const part = leastSquares(
      rows.map((row) => chosen.map((column) => row[column])),
      b,
    );
    if (part === null || part.some((value) => value < 0)) continue;
    const x = Array.from({ length: columns }, (_, column) => part[chosen.indexOf(column)] ?? 0);
    const residual = squares(rows.map((row, i) => dot(row, x) - b[i]));
    if (residual < best.residual) best = { x, residual };
  }
  return best.x;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function squares(values: readonly number[]): number {
  return dot(values, values);
}

/** Ordinary least squares by the normal equations over columns of length one; null when columns are dependent. */
function leastSquares(rows: readonly (readonly number[])[], b: readonly number[]): number[] | null {
  const columns = rows[0].map((_, column) => rows.map((row) => row[column]));
  const lengths = columns.map((column) => Math.sqrt(squares(column)) || 1);
  const unit = columns.map((column, i) => column.map((value) => value / lengths[i]));
  const system = unit.map((column) => [...unit.map((other) => dot(column, other)), dot(column, b)]);
  return solve(system)?.map((value, i) => value / lengths[i]) ?? null;
}

/** Gauss–Jordan elimination with pivoting on rows [matrix | right side], in place. */
function solve(system: number[][]): number[] | null {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column; row < size; row++)
      if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) pivot = row;
    if (Math.abs(system[pivot][column]) < DEPENDENT) return null;
    [system[column], system[pivot]] = [system[pivot], system[column]];
    for (let row = 0; row < size; row++) {
      const factor = row === column ? 0 : system[row][column] / system[column][column];
      for (let i = column; i <= size; i++) system[row][i] -= factor * system[column][i];
    }
  }
  return system.map((row, i) => row[size] / row[i]);
}
