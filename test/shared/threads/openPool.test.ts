import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startLimited } from '../../helpers/processes.js';

test('Threads may be ended at any moment of their start: the process goes on', async () => {
  const script = fileURLToPath(new URL('../../fixtures/endedPools.js', import.meta.url));
  const { code, signal, stdout, stderr } = await startLimited('true', process.cwd(), [], { script }).ended;
  assert.deepEqual([code, signal, stderr], [0, null, '']);
  assert.ok(Number(stdout) > 10, `${stdout} threads were ended while they started`);
});
