import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Arena } from '../shared/arena.js';
import { abortRun } from '../shared/barrier.js';
import { control, phases, status } from '../shared/control.js';
import { fault, LockstepError } from '../shared/errors.js';
import type { Attach, Done, Failed, FromRank, Run, ToRank } from '../shared/messages.js';

/** Looks at a shared word before sleeping on it: about a millisecond, several times what a futex wake costs. */
const SPINS = 100_000;

/** A rank as the coordinator sees it. */
interface Member {
  readonly rank: number;
  readonly port: MessagePort;
  readonly doorbell: Int32Array;
  /** Settles the answer that is awaited; null when none is. */
  settle: ((answer: FromRank) => void) | null;
}

/** The ranks of one run: long-lived Piscina tasks, each on a thread of its own, that do what they are told together. */
export class RankPool {
  readonly workers: number;
  readonly #piscina: Piscina;
  readonly #members: Member[];
  readonly #tasks: Promise<unknown>[];
  #arena: Arena | null = null;

  constructor(workers: number) {
    this.workers = workers;
    this.#piscina = new Piscina({
      filename: new URL('../worker/main.js', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
    const spins = workers <= availableParallelism() ? SPINS : 0;
    this.#members = [];
    this.#tasks = Array.from({ length: workers }, (_, rank) => this.#start(rank, spins));
  }

  /** Gives every rank its arena and program. */
  async attach(arena: Arena, message: Omit<Attach, 'type' | 'memory' | 'layout'>): Promise<void> {
    this.#arena = arena;
    await this.#tell({ type: 'attach', memory: arena.memory, layout: arena.layout, ...message });
  }

  /** Runs batches on all ranks; resolves when the last one has finished. */
  async run(message: Omit<Run, 'type'>): Promise<Done> {
    return this.#tell({ type: 'run', ...message });
  }

  /** Ends every rank's task and its thread. */
  async close(): Promise<void> {
    for (const member of this.#members) post(member, { type: 'close' });
    await Promise.allSettled(this.#tasks);
    for (const member of this.#members) member.port.close();
    await this.#piscina.destroy();
  }

  #start(rank: number, spins: number): Promise<unknown> {
    const { port1, port2 } = new MessageChannel();
    const doorbell = new SharedArrayBuffer(4);
    const member: Member = { rank, port: port1, doorbell: new Int32Array(doorbell), settle: null };
    this.#members.push(member);
    port1.on('message', (answer: FromRank) => member.settle?.(answer));
    const task = this.#piscina.run({ rank, port: port2, doorbell, spins }, { transferList: [port2] });
    task.catch((error: unknown) => this.#lose(member, error));
    return task;
  }

  async #tell(message: Attach | Run): Promise<Done> {
    const answers = this.#members.map((member) => this.#answer(member));
    for (const member of this.#members) post(member, message);
    const settled = await Promise.all(answers);
    const failures = settled.filter((answer): answer is Failed => answer.type === 'failed');
    if (failures.length > 0) throw this.#recover(failures);
    return settled[0] as Done;
  }

  #answer(member: Member): Promise<FromRank> {
    return new Promise<FromRank>((resolve) => {
      member.settle = resolve;
    }).finally(() => {
      member.settle = null;
    });
  }

  /** A rank's thread ended without an answer: free the others and report where it was. */
  #lose(member: Member, error: unknown): void {
    const line = this.#arena?.status(member.rank);
    if (this.#arena !== null) abortRun(this.#arena.control);
    const cause = error instanceof Error ? error : new Error(String(error));
    member.settle?.({
      type: 'failed',
      rank: member.rank,
      aborted: false,
      phase: phases[line?.[status.phase] ?? 0],
      step: line?.[status.step] ?? 0,
      error: { name: cause.name, message: cause.message, stack: cause.stack ?? '' },
    });
  }

  /** Makes the control words good for the next command and turns the first real failure into an error. */
  #recover(failures: readonly Failed[]): LockstepError {
    if (this.#arena !== null) {
      const words = this.#arena.control;
      Atomics.store(words, control.arrived, 0);
      Atomics.store(words, control.abort, 0);
    }
    const failure = failures.find(({ aborted }) => !aborted) ?? failures[0];
    const { rank, step, phase, error } = failure;
    if (error.code !== undefined) return new LockstepError(error.code, error.message, { cause: error });
    return fault(
      'RANK_FAILED',
      `Rank ${rank} failed at step ${step} in phase ${phase}: ${error.name}: ${error.message}`,
      Object.assign(new Error(error.message), { name: error.name, stack: error.stack }),
    );
  }
}

/** Posts first and rings after, so that a woken rank finds the message. */
function post(member: Member, message: ToRank): void {
  member.port.postMessage(message);
  Atomics.add(member.doorbell, 0, 1);
  Atomics.notify(member.doorbell, 0);
}
