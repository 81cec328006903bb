import { renderMachine } from '../machine.js';
import { renderSize } from '../reduce/reduce.js';
import { type Column, percent, renderTable } from '../table.js';
import type { MemoryBenchmark } from './memory.js';

const columns: readonly Column[] = [
  { title: 'model', align: 'left' },
  { title: 'parameters' },
  { title: 'batch' },
  { title: 'workers' },
  { title: 'data' },
  { title: 'measured' },
  { title: 'predicted' },
  { title: 'error' },
];

/** The report of `bench memory` as text. */
export function renderMemory({ machine, rows, worstError }: MemoryBenchmark): string {
  const cells = rows.map(({ name, parameters, batchSize, workers, data, peak, predicted, error }) => [
    name,
    `${parameters}`,
    `${batchSize}`,
    `${workers}`,
    renderSize(data),
    renderSize(peak),
    renderSize(predicted + data),
    `${error > 0 ? '+' : ''}${percent(error)}`,
  ]);
  return [
    renderMachine(machine),
    'peak of resident memory of a process that trains, beside what inspect predicts plus the data',
    renderTable(columns, cells),
    `largest error: ${percent(worstError)}`,
  ].join('\n');
}
