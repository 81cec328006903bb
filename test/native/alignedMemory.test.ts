import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignedSharedMemory, discardMemory } from '../../src/shared/memory/alignedMemory.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { skipReason } from './nativeCases.js';

const notLinux = process.platform === 'linux' ? false : 'the addon tells only Linux what it discards';

test('the memory of an arena begins on a cache line and has the bytes asked for', { skip: skipReason }, () => {
  for (const bytes of [1, 64, 65_536, 65_537, 10_000_000]) {
    const memory = alignedSharedMemory(bytes);
    assert.ok(memory instanceof SharedArrayBuffer);
    assert.ok(memory.byteLength >= bytes);
    assert.equal(findAddon().addon?.alignment(new Float32Array(memory)), 0, `${bytes} bytes`);
  }
});

test('memory that is discarded goes back to the system at once', { skip: skipReason || notLinux }, () => {
  const bytes = 64 * 2 ** 20;
  const memory = alignedSharedMemory(bytes);
  const values = new Float32Array(memory).fill(1);
  const before = process.memoryUsage.rss();
  discardMemory(memory, bytes / 2);
  assert.ok(before - process.memoryUsage.rss() > 0.4 * bytes);
  assert.ok(values.subarray(0, values.length / 2).every((value) => value === 1));
});
