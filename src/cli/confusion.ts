import { formatCount } from '../coordinator/callbacks/display/format.js';
import { renderTable, wrapParts } from '../coordinator/callbacks/display/lines.js';
import type { ConfusionMatrix } from '../coordinator/confusion.js';

/** A confusion matrix as a table: a row a class, a column a prediction; where that is too wide, a line of mistakes a class. */
export function renderConfusions(matrix: ConfusionMatrix, names: readonly string[], width: number): string {
  const cells = matrix.map((counts, i) => [
    names[i],
    ...counts.map((count) => (count === 0 ? '·' : formatCount(count))),
  ]);
  const title = 'class \\ predicted';
  const widths = [title, ...names].map((name, i) => Math.max(name.length, ...cells.map((row) => row[i].length)));
  const natural = widths.reduce((sum, each) => sum + each + 2, -2);
  if (natural > width) return matrix.map((counts, i) => mistakesOf(counts, i, names, width)).join('\n');
  const columns = [{ title }, ...names.map((name) => ({ title: name, align: 'right' }) as const)];
  return renderTable(columns, cells, width);
}

/** `cat: 95 of 100 right  3 as dog  2 as bird`, the most frequent mistake first. */
function mistakesOf(counts: readonly number[], truth: number, names: readonly string[], width: number): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mistakes = counts
    .map((count, prediction) => ({ count, prediction }))
    .filter(({ count, prediction }) => count > 0 && prediction !== truth)
    .sort((a, b) => b.count - a.count);
  const right = `${names[truth]}: ${formatCount(counts[truth])} of ${formatCount(total)} right`;
  return wrapParts(
    [right, ...mistakes.map(({ count, prediction }) => `${formatCount(count)} as ${names[prediction]}`)],
    width,
  );
}
