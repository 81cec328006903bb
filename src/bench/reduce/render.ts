import { renderMachine, renderOthers } from '../machine.js';
import { type Column, digits, percent, renderTable } from '../table.js';
import { type ReduceBenchmark, renderSize } from './reduce.js';

const columns: readonly Column[] = [
  { title: 'parameters' },
  { title: 'ranks' },
  { title: 'µs' },
  { title: 'GB/s' },
  { title: 'spread' },
  { title: 'copy GB/s' },
  { title: 'of copy' },
  { title: 'min' },
  { title: 'max' },
];

/** The report of `bench reduce` as text. */
export function renderReduce({ machine, engine, rounds, figures, skipped, othersBusy }: ReduceBenchmark): string {
  const rows = figures.map(({ size, ranks, time, bandwidth, copyBandwidth, ofCopy }) => [
    renderSize(size),
    `${ranks}`,
    digits(time.median),
    digits(bandwidth.median),
    percent(bandwidth.spread),
    digits(copyBandwidth.median),
    percent(ofCopy.median),
    percent(ofCopy.min),
    percent(ofCopy.max),
  ]);
  return [
    renderMachine(machine),
    `reduce and Adam, ${engine}, beside a copy of as much memory in the same rounds; median of ${rounds} rounds`,
    renderTable(columns, rows),
    ...skipped.map(({ size, reason }) => `skipped: ${renderSize(size)}: ${reason}`),
    ...renderOthers(othersBusy),
  ].join('\n');
}
