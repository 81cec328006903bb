import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The built program, as a user's shell runs it. */
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stdout has shown a text for the first time. */
  shows(text: string): Promise<void>;
}

/** Starts `lockstep` in a folder. */
export function startLockstep(cwd: string, ...args: readonly string[]): Started {
  return start(cwd, [process.execPath, main, ...args]);
}

/**
 * Starts it, or another script, in a shell that has set a limit such as `ulimit -f 100` before; `within` is what runs the
 * shell.
 */
export function startLimited(
  limit: string,
  cwd: string,
  args: readonly string[],
  { script = main, within = [] }: { readonly script?: string; readonly within?: readonly string[] } = {},
): Started {
  return start(cwd, [...within, 'sh', '-c', `${limit} && exec "$0" "$@"`, process.execPath, script, ...args]);
}

/** Starts it within another program that runs it, such as one that makes a container. */
export function startWithin(within: readonly string[], cwd: string, args: readonly string[]): Started {
  return start(cwd, [...within, process.execPath, main, ...args]);
}

/** Starts it on a terminal of so many columns, which script(1) makes; all that is drawn there is its stdout. */
export function startOnTerminal(columns: number, cwd: string, ...args: readonly string[]): Started {
  const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  return start(cwd, ['script', '-qec', `stty cols ${columns} rows 30 && exec ${command}`, '/dev/null']);
}

function start(cwd: string, [command, ...args]: readonly string[]): Started {
  const env = { ...process.env, npm_command: '' };
  const child = spawn(command, args, { cwd, env });
  const output = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (text) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, ...output })),
  );
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (output.stdout.includes(text)) resolve();
      };
      waiting.push(look);
      look();
    });
  return { child, ended, shows };
}

/** Processes that another one has started, by pid. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Whether a process is there and has not ended. */
export async function isAlive(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line !== '' && !/\) [ZX] /.test(line);
}

/** Resolves when a process has ended; gives up after a minute. */
export async function untilGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 600 && (await isAlive(pid)); look++) await pause(100);
  return !(await isAlive(pid));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Ends a process if it is there. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The summary that `--json` writes last. */
export function summaryIn({ stdout }: Ended): { fingerprint: string; steps: number } {
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}
