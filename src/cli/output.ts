import { plainSentence, plainText } from '../shared/plainText.js';

/** Where a command's results go. A reader that has gone away (`| head`) is no fault. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

export function print(text = ''): void {
  process.stdout.write(`${plainText(text)}\n`);
}

/** Data for other programs: as they are, but for a terminal. Resolves when they are on their way. */
export function printData(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(process.stdout.isTTY ? plainText(text) : text, () => resolve());
  });
}

/** One JSON object a line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${plainText(JSON.stringify(value))}\n`);
}

/** For people, beside the results. */
export function warn(text: string): void {
  process.stderr.write(`lockstep: ${plainSentence(text)}\n`);
}

/** What a program reads where a command failed. */
export function errorObject(code: string, message: string): object {
  return { error: { code, message } };
}

/** A failure, for people; with `--json` its code stands before the sentence, and a program reads it on stdout. */
export function printError(code: string, message: string, json: boolean): void {
  warn(json ? `${code}: ${message}` : message);
  if (json) printJson(errorObject(code, message));
}

/** Columns of the terminal; ample when the output goes to a file. */
export function outputWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : 200;
}

/** How the user called this program, for commands to copy. */
export function programName(): string {
  return process.env.npm_command === 'exec' ? 'npx lockstep' : 'lockstep';
}
