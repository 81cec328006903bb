import { test } from 'node:test';
import { assertSameBits, runCase } from '../helpers/kernelLaws.js';
import { createWith, nativeCases, skipReason, supported } from './nativeCases.js';

const [best, ...others] = supported;

for (const kernelCase of nativeCases) {
  test(`instructions do not matter: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const rows of [1, 29]) {
      const expected = runCase(createWith(best), kernelCase, rows, 1);
      for (const isa of others) {
        assertSameBits(runCase(createWith(isa), kernelCase, rows, 1), expected, `${isa}, ${rows} rows`);
      }
    }
  });
}
