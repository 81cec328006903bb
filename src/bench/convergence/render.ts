import { renderMachine } from '../machine.js';
import { renderAbsent } from '../peers/render.js';
import { type Column, digits, percent, renderTable } from '../table.js';
import type { ConvergenceBenchmark, ConvergenceRow } from './convergence.js';

const columns: readonly Column[] = [
  { title: 'library', align: 'left' },
  { title: 'setting', align: 'left' },
  { title: 'threads' },
  { title: 'seconds' },
  { title: 'min' },
  { title: 'max' },
  { title: 'epochs' },
  { title: 'ratio' },
];

/** The report of `bench convergence` as text. */
export function renderConvergence(benchmark: ConvergenceBenchmark): string {
  const { machine, title, batchSize, target, repeats, rows, absent } = benchmark;
  const ours = rows.flatMap(({ library, seconds }) =>
    library === 'Lockstep' && seconds !== null ? [seconds.median] : [],
  );
  const best = ours.length > 0 ? Math.min(...ours) : null;
  return [
    renderMachine(machine),
    `${title}, batch ${batchSize}: seconds of training to ${percent(target)} validation accuracy, median of ${repeats} trainings`,
    'compilation in the first epoch counts; the start of a process and validation do not',
    renderTable(
      columns,
      rows.map((row) => cells(row, best)),
    ),
    ...renderAbsent(absent),
  ].join('\n');
}

function cells({ library, setting, threads, seconds, epochs }: ConvergenceRow, best: number | null): string[] {
  const ratio = seconds === null || best === null ? '–' : `${(seconds.median / best).toFixed(2)}×`;
  const times = seconds === null ? ['not reached', '–', '–'] : [seconds.median, seconds.min, seconds.max].map(digits);
  return [library, setting, `${threads}`, ...times, epochs.map((count) => count ?? '–').join(', '), ratio];
}
