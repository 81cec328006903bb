import { readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Measures how busy a process is while it should sleep: thread pools that spin would slow whoever is timed then. */
export class IdleMeter {
  readonly #pid: number;
  #began: { readonly cpu: number; readonly wall: number } | null = null;
  #cpu = 0;
  #wall = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** The process has nothing to do from here. */
  start(): void {
    const cpu = cpuSeconds(this.#pid);
    this.#began = cpu === null ? null : { cpu, wall: performance.now() / 1000 };
  }

  stop(): void {
    const cpu = cpuSeconds(this.#pid);
    if (this.#began === null || cpu === null) return;
    this.#cpu += cpu - this.#began.cpu;
    this.#wall += performance.now() / 1000 - this.#began.wall;
  }

  /** Cores in use on average; null before the first measurement or where there is no /proc. */
  get share(): number | null {
    return this.#wall > 0 ? this.#cpu / this.#wall : null;
  }
}

/** User and system time of all threads of a process. */
function cpuSeconds(pid: number): number | null {
  try {
    // Fields follow the command's name, which is in parentheses and may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
