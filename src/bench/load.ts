import { cpus } from 'node:os';

/** Measures how many cores are busy on average, whoever uses them. */
export class LoadMeter {
  #busy = 0;
  #wall = 0;

  /** Measures while `work` lasts. */
  async during(work: () => Promise<unknown>): Promise<void> {
    const busy = busyMilliseconds();
    const began = performance.now();
    await work();
    this.#busy += busyMilliseconds() - busy;
    this.#wall += performance.now() - began;
  }

  get cores(): number {
    return this.#wall > 0 ? this.#busy / this.#wall : 0;
  }
}

function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
