#!/usr/bin/env node
import { reason } from '../shared/files.js';
import { EXIT } from './exit.js';
import { guardProcess } from './guard.js';
import { warn } from './output.js';
import { Strays } from './strays.js';
import { allowedRestarts, supervise } from './supervise.js';
import { takeSupervision, tellSupervisor } from './supervised.js';

const args = process.argv.slice(2);
const supervision = takeSupervision();
const restarts = supervision === null ? allowedRestarts(args) : 0;

// The supervisor loads nothing of the program, so that the training process starts at once.
if (restarts > 0) process.exitCode = await supervise(args, restarts);
else void run();

/** Its modules are loaded all at once, and each is an open file for a moment. */
function isShort(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Not awaited at the top, where Node speaks up itself when there is nothing left to wait for. */
async function run(): Promise<void> {
  const strays = new Strays();
  const done = guardProcess(strays);
  process.exitCode = await import('./program.js').then(
    ({ runProgram }) => runProgram(args, supervision, strays),
    (error: unknown) => {
      warn(`the program cannot be loaded: ${reason(error)}`);
      return isShort(error) ? EXIT.user : EXIT.fault;
    },
  );
  tellSupervisor({ done: true });
  done();
}
