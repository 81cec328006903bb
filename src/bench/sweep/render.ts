import { renderMachine, renderOthers } from '../machine.js';
import { type Column, digits, percent, renderTable } from '../table.js';
import type { SweepBenchmark } from './sweep.js';

/** The report of `bench sweep` as text. */
export function renderSweep({ machine, rounds, points, worstAutoLoss, othersBusy }: SweepBenchmark): string {
  const counts = [...new Set(points.flatMap(({ times }) => times.map(({ workers }) => workers)))].sort((a, b) => a - b);
  const columns: Column[] = [
    { title: 'units' },
    { title: 'parameters' },
    { title: 'batch' },
    ...counts.map((count) => ({ title: `ms, ${count} workers` })),
    { title: 'best' },
    { title: 'auto' },
    { title: 'auto loses' },
  ];
  const rows = points.map(({ units, parameters, batchSize, times, best, auto, autoLoss }) => [
    `${units}`,
    `${parameters}`,
    `${batchSize}`,
    ...counts.map((count) => digits(times.find(({ workers }) => workers === count)?.time.median ?? null)),
    `${best}`,
    `${auto}`,
    percent(autoLoss),
  ]);
  return [
    renderMachine(machine),
    `MLPs of two hidden layers, milliseconds a step, median of ${rounds} rounds`,
    renderTable(columns, rows),
    `auto loses at most ${percent(worstAutoLoss)} against the best fixed number of workers`,
    ...renderOthers(othersBusy),
  ].join('\n');
}
