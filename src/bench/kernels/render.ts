import { type Column, digits, percent, renderTable } from '../table.js';
import type { KernelBench } from './kernels.js';

const columns: readonly Column[] = [
  { title: 'kernel', align: 'left' },
  { title: 'shape', align: 'left' },
  { title: 'µs' },
  { title: 'GFLOP/s' },
  { title: 'GB/s' },
  { title: 'of peak' },
];

/** The report of `bench kernels` as text. */
export function renderKernels({ isa, peaks, rows }: KernelBench): string {
  const { gigaflops, readGigabytes, addGigabytes } = peaks;
  const head = `one core, ${isa}: at best ${digits(gigaflops)} GFLOP/s, reads ${digits(readGigabytes)} GB/s, adds ${digits(addGigabytes)} GB/s`;
  const cells = rows.map(({ kernel, shape, microseconds, gflops, gbps, shareOfPeak }) => [
    kernel,
    shape,
    digits(microseconds),
    digits(gflops),
    digits(gbps),
    percent(shareOfPeak),
  ]);
  return `${head}\n${renderTable(columns, cells)}`;
}
