import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignedSharedMemory } from '../../src/shared/alignedMemory.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { skipReason } from './nativeCases.js';

test('the memory of an arena begins on a cache line and has the bytes asked for', { skip: skipReason }, () => {
  for (const bytes of [1, 64, 65_536, 65_537, 10_000_000]) {
    const memory = alignedSharedMemory(bytes);
    assert.ok(memory instanceof SharedArrayBuffer);
    assert.ok(memory.byteLength >= bytes);
    assert.equal(findAddon().addon?.alignment(new Float32Array(memory)), 0, `${bytes} bytes`);
  }
});
