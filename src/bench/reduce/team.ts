import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { alignedSharedMemory } from '../../shared/memory/alignedMemory.js';
import { CONTROL_WORDS } from '../../shared/memory/control.js';
import type { KernelEngineName } from '../../shared/protocol/messages.js';
import type { Round, Runner } from '../interleave.js';
import type { ReducePlan } from './plan.js';

/** What the ranks of a team do together: what training does after the backward pass, or a copy of memory. */
export type TeamWork = 'reduce' | 'copy';

/** What a rank's thread is started with. */
export interface TeamStart {
  readonly rank: number;
  readonly plan: ReducePlan;
  readonly engine: KernelEngineName;
  readonly memory: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly spins: number;
}

const SPINS = 100_000;

/** Threads that reduce and update one vector, as ranks do, without a model. */
export class ReduceTeam {
  readonly plan: ReducePlan;
  readonly #workers: readonly Worker[];

  private constructor(plan: ReducePlan, workers: readonly Worker[]) {
    this.plan = plan;
    this.#workers = workers;
  }

  static async start(plan: ReducePlan, engine: KernelEngineName, cores: number): Promise<ReduceTeam> {
    const shared = {
      plan,
      engine,
      memory: alignedSharedMemory(plan.length * 4),
      control: new SharedArrayBuffer(CONTROL_WORDS * 4),
      spins: plan.ranks <= cores ? SPINS : 0,
    };
    const workers = Array.from({ length: plan.ranks }, (_, rank) => {
      const workerData: TeamStart = { rank, ...shared };
      return new Worker(new URL('./teamThread.js', import.meta.url), { workerData });
    });
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return new ReduceTeam(plan, workers);
  }

  /** Seconds that all ranks together take for the plan's repeats. */
  async work(work: TeamWork): Promise<number> {
    const answered = Promise.all(this.#workers.map((worker) => once(worker, 'message')));
    for (const worker of this.#workers) worker.postMessage(work);
    const [[seconds]] = await answered;
    return Number(seconds);
  }

  runner(work: TeamWork): Runner {
    const { ranks, repeats } = this.plan;
    const round = async (): Promise<Round> => ({ seconds: await this.work(work), steps: repeats, loss: 0 });
    return { name: `${work}, ${ranks} ranks`, round, close: async () => {} };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
