import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { EXIT } from './exit.js';
import { printError, warn } from './output.js';
import { type FromTraining, SUPERVISED, type ToTraining } from './supervised.js';

/** Restarts that `--max-restarts` allows when it is not given. */
export const DEFAULT_RESTARTS = 3;

/** The wait before a restart: doubled for each one that brought no new checkpoint. */
const LEAST_WAIT_MS = 100;
const MOST_WAIT_MS = 30_000;

/** How long the last messages of a process that has ended may take. */
const HEAR_WITHIN_MS = 1_000;

/** Signals that a person sends to end a process; whatever else kills it is a fault. */
const wishes: readonly (NodeJS.Signals | null)[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT'];

/** How the training process ended. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The command was carried out to its end, well or not. */
  readonly isDone: boolean;
}

/**
 * How many restarts a command line allows: none for commands other than `train`. The training process reads the same
 * option with all others and says what is wrong with it.
 */
export function allowedRestarts(args: readonly string[]): number {
  if (args[0] !== 'train') return 0;
  const at = args.findLastIndex((arg) => arg === '--max-restarts' || arg.startsWith('--max-restarts='));
  if (at < 0) return DEFAULT_RESTARTS;
  const given = args[at].split('=')[1] ?? args[at + 1];
  return /^\d+$/.test(given) ? Number(given) : 0;
}

/**
 * Runs a `train` command in a process of its own and starts it again from its last checkpoint when it is killed or
 * crashes. The process writes to this one's terminal itself; returns the exit code.
 */
export async function supervise(args: readonly string[], restarts: number): Promise<number> {
  const supervisor = new Supervisor(args);
  const dispose = supervisor.listen();
  try {
    return await supervisor.run(restarts);
  } finally {
    dispose();
  }
}

class Supervisor {
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;
  /** The run directory, once the process has told it. */
  #directory: string | null = null;
  #stops = 0;
  #wake = (): void => {};

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  /** The first Ctrl-C or SIGTERM asks for a checkpoint and the end; the second one ends the process at once. */
  listen(): () => void {
    const names = ['SIGINT', 'SIGTERM'] as const;
    const onSignal = (): void => this.#stop();
    for (const name of names) process.on(name, onSignal);
    return () => {
      for (const name of names) process.off(name, onSignal);
    };
  }

  async run(restarts: number): Promise<number> {
    let wait = LEAST_WAIT_MS;
    let newest = '';
    for (let restart = 1; ; restart++) {
      const end = await this.#train();
      if (this.#stops > 1) return EXIT.interrupted;
      if (!isFault(end)) return this.#codeOf(end);
      if (restart > restarts) return this.#giveUp(end, restarts);
      const checkpoint = await this.#newestCheckpoint();
      wait = checkpoint === newest ? Math.min(2 * wait, MOST_WAIT_MS) : LEAST_WAIT_MS;
      newest = checkpoint;
      const from = checkpoint === '' ? 'beginning again' : `going on from ${basename(checkpoint)}`;
      say(`the training process ${describe(end)}; ${from} (restart ${restart} of ${restarts})`);
      await this.#pause(wait);
      if (this.#stops > 0) return EXIT.interrupted;
    }
  }

  async #train(): Promise<End> {
    const place = this.#directory === null ? [] : ['--resume', '--out', this.#directory];
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...this.#args, ...place], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [SUPERVISED]: this.#directory === null ? 'new' : 'again' },
    });
    this.#child = child;
    let isDone = false;
    child.on('message', (message: FromTraining) => {
      if ('done' in message) isDone = true;
      else this.#directory = message.directory;
    });
    let heard = (): void => {};
    const allHeard = new Promise<void>((resolve) => {
      heard = resolve;
    });
    child.on('disconnect', heard);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', async (code, signal) => {
        const late = setTimeout(heard, HEAR_WITHIN_MS);
        await allHeard;
        clearTimeout(late);
        resolve({ code, signal, isDone });
      });
    });
  }

  #stop(): void {
    this.#stops++;
    this.#wake();
    if (this.#stops > 1) this.#child?.kill('SIGKILL');
    else if (this.#child?.connected) this.#child.send('stop' satisfies ToTraining);
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#stops > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #newestCheckpoint(): Promise<string> {
    if (this.#directory === null) return '';
    const { listCheckpoints } = await import('../run/checkpoints.js');
    const { runPaths } = await import('../run/paths.js');
    return (await listCheckpoints(runPaths(this.#directory).checkpoints))[0] ?? '';
  }

  /** Success is what the process has told of, never only its exit code: a module may have ended it with 0. */
  #codeOf({ code, isDone }: End): number {
    if (code !== EXIT.success || isDone) return code ?? EXIT.interrupted;
    this.#fail('RUN_ENDED', `the training process ended with exit code 0 before it was done${this.#wayOn}`);
    return EXIT.fault;
  }

  #giveUp(end: End, restarts: number): number {
    const after = restarts === 1 ? '1 restart' : `${restarts} restarts`;
    this.#fail('RUN_KILLED', `the training process ${describe(end)} after ${after}${this.#wayOn}`);
    return EXIT.fault;
  }

  #fail(code: string, message: string): void {
    clearLine();
    printError(code, message, this.#args.includes('--json'));
  }

  get #wayOn(): string {
    return this.#directory === null ? '' : `; go on with: lockstep train ${this.#directory} --resume`;
  }
}

/** Killed by a signal that nobody sends to stop a program, or ended by a runtime that met one. */
function isFault({ code, signal }: End): boolean {
  if (signal !== null) return !wishes.includes(signal);
  return code !== null && code > 128 && code !== EXIT.interrupted;
}

function describe({ code, signal }: End): string {
  const name = signal ?? signalOf(code as number);
  if (name === 'SIGKILL') return 'was killed (SIGKILL: by hand, or by the system for want of memory)';
  return `crashed (${name})`;
}

/** Shells and runtimes end with 128 and the number of the signal. */
function signalOf(code: number): string {
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return found?.[0] ?? `exit code ${code}`;
}

/** On a terminal the process may have left a line half drawn. */
function say(text: string): void {
  clearLine();
  warn(text);
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[J');
}
