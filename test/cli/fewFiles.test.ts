import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startLimited } from '../helpers/processes.js';
import { makeRunFolder } from '../helpers/runs.js';

/** Fewer files than the program opens while it loads. */

const skip = process.platform === 'win32' ? 'the system has no limit on open files' : false;
let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
});
after(() => runs.remove());

describe('A command that may open too few files to load says so in one sentence', { skip }, () => {
  for (const command of [
    ['train', 'points.json'],
    ['train', 'points.json', '--max-restarts', '0'],
    ['inspect', 'x'],
  ]) {
    test(command.join(' '), async () => {
      const { code, stdout, stderr } = await startLimited('ulimit -n 70', runs.folder, command).ended;
      assert.equal(stderr, 'lockstep: the program cannot be loaded: this process may open no more files (ulimit -n)\n');
      assert.deepEqual([code, stdout], [2, '']);
    });
  }
});
