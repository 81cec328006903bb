#!/usr/bin/env node
import { guardProcess } from './guard.js';
import { Strays } from './strays.js';
import { allowedRestarts, supervise } from './supervise.js';
import { takeSupervision, tellSupervisor } from './supervised.js';

const args = process.argv.slice(2);
const supervision = takeSupervision();
const restarts = supervision === null ? allowedRestarts(args) : 0;

// The supervisor loads nothing of the program, so that the training process starts at once.
if (restarts > 0) process.exitCode = await supervise(args, restarts);
else void run();

/** Not awaited at the top, where Node speaks up itself when there is nothing left to wait for. */
async function run(): Promise<void> {
  const strays = new Strays();
  const done = guardProcess(strays);
  const { runProgram } = await import('./program.js');
  process.exitCode = await runProgram(args, supervision, strays);
  tellSupervisor({ done: true });
  done();
}
