#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { reason } from '../shared/files.js';
import { packageRoot } from '../shared/packageRoot.js';
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

/**
 * Why the program cannot be loaded, where there are too few files: its modules are loaded all at once, and each is an open file
 * for a moment. Node.js 20 may then say that a module is missing, which is there.
 */
function shortage(error: unknown): string | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (['EMFILE', 'ENFILE'].includes(code)) return reason(error);
  const [, kind, missing] = /^Cannot find (package|module) '([^']+)'/.exec(message) ?? [];
  if (code !== 'ERR_MODULE_NOT_FOUND' || missing === undefined) return undefined;
  // Of a package whose package.json cannot be read it seeks a file that none has; the package's folder is there.
  const folders = [dirname(missing), join(packageRoot(import.meta.url), 'node_modules', missing)].filter(isAbsolute);
  const places = [missing, ...(kind === 'package' ? folders : [])];
  return places.some(existsSync) ? reason(Object.assign(new Error(), { code: 'EMFILE' })) : undefined;
}

/** Not awaited at the top, where Node speaks up itself when there is nothing left to wait for. */
async function run(): Promise<void> {
  const strays = new Strays();
  const done = guardProcess(strays);
  // What runProgram itself catches is told there: only a command that cannot be loaded comes here.
  process.exitCode = await import('./program.js')
    .then(({ runProgram }) => runProgram(args, supervision, strays))
    .catch((error: unknown) => {
      const short = shortage(error);
      warn(`the program cannot be loaded: ${short ?? reason(error)}`);
      return short === undefined ? EXIT.fault : EXIT.user;
    });
  tellSupervisor({ done: true });
  done();
}
