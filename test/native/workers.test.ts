import { test } from 'node:test';
import { batchSizes, workerCounts } from '../helpers/kernelCases.js';
import { assertSameBits, runCase } from '../helpers/kernelLaws.js';
import { createWith, nativeCases, skipReason, supported } from './nativeCases.js';

for (const kernelCase of nativeCases) {
  test(`workers do not matter to native kernels: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const rows of batchSizes) {
      const create = createWith(supported[0]);
      const alone = runCase(create, kernelCase, rows, 1);
      for (const workers of workerCounts) {
        assertSameBits(runCase(create, kernelCase, rows, workers), alone, `${rows} rows, ${workers} workers`);
      }
    }
  });
}
