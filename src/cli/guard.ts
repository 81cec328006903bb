import { writeSync } from 'node:fs';
import { fault } from '../shared/errors.js';
import { EXIT } from './exit.js';
import { warn } from './output.js';
import type { Strays } from './strays.js';

/** How long a command that is done waits for what a module of the user's has left open. */
const LEAVE_AFTER_MS = 3_000;

const exit = process.exit.bind(process);

/** Ends this process at once. */
export function leave(code: number): never {
  return exit(code);
}

/**
 * Keeps the exit code true while a command runs modules of the user's. `process.exit` is an error there, which is met where
 * it is called: a run that it would end is not finished. Errors that nobody catches go to `strays`. A process that ends in
 * another way before the command is done says so, and never ends with 0. Returns what to call when the command is done.
 */
export function guardProcess(strays: Strays): () => void {
  let isDone = false;
  process.exit = ((code?: number | string) => {
    throw exitCalled(code);
  }) as typeof process.exit;
  process.on('uncaughtException', (error) => {
    if (isDone) warn(`an error came when the command was done: ${error instanceof Error ? error.message : error}`);
    else strays.meet(error);
  });
  process.on('exit', (code) => {
    if (isDone) return;
    process.exitCode = code === EXIT.success ? EXIT.fault : code;
    if (code === EXIT.success || code === UNSETTLED) say('the process ended before the command was done');
  });
  return () => {
    isDone = true;
    leaveSoon();
  };
}

/** Node's exit code for a process that waits for something that can no longer come. */
const UNSETTLED = 13;

function exitCalled(code: number | string = 0): Error {
  return fault(
    'EXIT_CALLED',
    `A module called process.exit(${code}), which would end the process before its work is done; throw an error in it instead.`,
  );
}

/** At the end of the process nothing is written later. */
function say(text: string): void {
  try {
    writeSync(process.stderr.fd, `lockstep: ${text}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** A socket or a timer that a module forgot does not keep the process; output that is not yet read does. */
function leaveSoon(): void {
  setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) exit();
  }, LEAVE_AFTER_MS).unref();
}
