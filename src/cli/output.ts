/** Where a command's results go. A reader that has gone away (`| head`) is no fault. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON object a line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** For people, beside the results. */
export function warn(text: string): void {
  process.stderr.write(`lockstep: ${text}\n`);
}

/** Columns of the terminal; ample when the output goes to a file. */
export function outputWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : 200;
}

/** How the user called this program, for commands to copy. */
export function programName(): string {
  return process.env.npm_command === 'exec' ? 'npx lockstep' : 'lockstep';
}
