import { CommanderError } from 'commander';
import { LockstepError } from '../shared/errors.js';
import { errorObject, printError, printJson, warn } from './output.js';
import type { Strays } from './strays.js';
import type { Supervision } from './supervised.js';

/** How the program ends. */
export const EXIT = {
  success: 0,
  /** Something failed that should not have. */
  fault: 1,
  /** The user's turn: a wrong option, config, model or file. */
  user: 2,
  /** Stopped by Ctrl-C or SIGTERM, after a checkpoint. */
  interrupted: 130,
} as const;

/** What a command leaves for the report of an error. */
export interface CommandContext {
  /** How this process was started. */
  readonly supervision: Supervision;
  /** Errors that nobody has caught. */
  readonly strays: Strays;
  /** The results are read by a program, and so are errors. */
  readonly json: boolean;
  /** The log of the run in progress. */
  log?: string;
  /** The command that goes on with it. */
  resume?: string;
}

/**
 * Says what went wrong on stderr, with `--json` also as the last object on stdout, and returns the exit code.
 * `LOCKSTEP_DEBUG=1` adds the stack.
 */
export function reportError(error: unknown, { log, resume, json }: CommandContext): number {
  // Commander has already written its own sentence, or the help that was asked for.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.success;
    if (json) printJson(errorObject('USAGE', error.message.replace(/^error: /, '')));
    return EXIT.user;
  }
  const code = exitCode(error);
  if (error instanceof LockstepError) printError(error.code, error.message, json);
  else printError('UNEXPECTED', `unexpected error: ${messageOf(error)}`, json);
  if (code === EXIT.interrupted && resume !== undefined) warn(`go on with: ${resume}`);
  if (code === EXIT.fault && log !== undefined) warn(`the log is in ${log}`);
  if (process.env.LOCKSTEP_DEBUG === '1') console.error(error);
  else if (!(error instanceof LockstepError)) warn('set LOCKSTEP_DEBUG=1 to see where it came from');
  return code;
}

function exitCode(error: unknown): number {
  if (!(error instanceof LockstepError)) return EXIT.fault;
  if (error.code === 'ABORTED') return EXIT.interrupted;
  return error.blame === 'user' ? EXIT.user : EXIT.fault;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
