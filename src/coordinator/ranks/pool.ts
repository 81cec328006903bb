import type { Piscina } from 'piscina';
import type { Arena } from '../../shared/memory/arena.js';
import { abortRun } from '../../shared/memory/barrier.js';
import { control, phases, status } from '../../shared/memory/control.js';
import type { Attach, Done, Failed, Run } from '../../shared/protocol/messages.js';
import { availableCores } from '../../shared/threads/cores.js';
import { openPool } from '../../shared/threads/openPool.js';
import { StartQueue } from '../../shared/threads/startQueue.js';
import { RankFailure } from './rankFailure.js';
import { type Answer, type Attachment, Member } from './rankHandle.js';
import { type Slowness, StallWatch } from './stallWatch.js';
import { loadFirstAlone } from './tensorflow.js';

/** Looks at a shared word before sleeping on it: about a millisecond, several times what a futex wake costs. */
const SPINS = 100_000;

/** How long ranks stay ready without a command. A task in progress keeps the process alive, a thread at rest does not. */
const REST_AFTER_MS = 100;

export interface PoolOptions {
  readonly workers: number;
  /** Most heap of a rank's thread, in MiB; absent: what Node gives a thread. */
  readonly heapLimit?: number;
  /** Seconds without progress after which a rank is ended. */
  readonly stallLimit: number;
  readonly onSlow: (slowness: Slowness) => void;
}

/**
 * The ranks of one trainer, or of several that share them: Piscina tasks, each on a thread of its own, that do what they
 * are told together. A rank whose thread has died is started anew by the next command; a failed command leaves nobody at
 * the barrier.
 */
export class RankPool {
  readonly workers: number;
  readonly #piscina: Piscina;
  readonly #queue = new StartQueue();
  readonly #watch: StallWatch<Member>;
  readonly #spins: number;
  readonly #restTimer: NodeJS.Timeout;
  #members: Member[] = [];
  /** By the number of the trainer; a member that has an older one gets the new one first. */
  readonly #attachments = new Map<number, Attachment>();
  #attachmentCount = 0;
  /** The arena of the command in progress, or of the last one. */
  #arena: Arena | null = null;
  #busy = false;
  /** The command in progress. */
  #running: Promise<unknown> = Promise.resolve();
  #stuck = false;
  /** The thread for the task that is being started, where that thread is idle; 0: any. */
  #wantedThread = 0;
  /** Whether the task got it. */
  #gotWanted = false;
  #resting: Promise<unknown> = Promise.resolve();

  constructor({ workers, heapLimit, stallLimit, onSlow }: PoolOptions) {
    this.workers = workers;
    this.#spins = workers <= availableCores().cores ? SPINS : 0;
    this.#piscina = openPool(new URL('../../worker/main.js', import.meta.url), this.#queue, {
      maxThreads: workers,
      loadBalancer: (_, threads) => {
        const idle = threads.filter(({ currentUsage }) => currentUsage === 0);
        const wanted = idle.find(({ id }) => id === this.#wantedThread);
        this.#gotWanted = wanted !== undefined;
        return wanted ?? idle[0] ?? null;
      },
      ...(heapLimit !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapLimit } }),
    });
    // A thread that dies at rest is replaced when it is needed; one that dies before its task began takes nobody along.
    this.#piscina.on('error', (error: Error) => this.#loseStarting(error));
    this.#watch = new StallWatch(stallLimit, () => this.#members, {
      slow: onSlow,
      stalled: (member, seconds) => this.#endStalled(member, seconds),
      deadlocked: () => this.#abort(),
      stuck: (member) => this.#leaveStuck(member),
    });
    this.#restTimer = setTimeout(() => this.#rest(), REST_AFTER_MS).unref();
    this.#warmUp();
  }

  /** Every rank gets this arena and program before the trainer's next command. */
  attach(
    trainer: number,
    arena: Arena,
    message: Omit<Attach, 'type' | 'trainer' | 'attachment' | 'memory' | 'layout'>,
  ): void {
    const { memory, layout } = arena;
    const attachment = this.#attachmentCount++;
    this.#attachments.set(trainer, {
      arena,
      message: { type: 'attach', trainer, attachment, memory, layout, ...message },
    });
  }

  /** Forgets a trainer; its memory can go. */
  detach(trainer: number): void {
    this.#attachments.delete(trainer);
    for (const member of this.#members) member.detach(trainer);
  }

  /**
   * Runs batches of a trainer on all ranks, one command at a time; resolves when the last rank has finished, rejects with
   * a `RankFailure`.
   */
  run(trainer: number, message: Omit<Run, 'type' | 'trainer'>): Promise<Done> {
    const running = this.#run(this.#attachments.get(trainer) as Attachment, { type: 'run', trainer, ...message });
    this.#running = running.catch(() => {});
    return running;
  }

  /** Ends every rank's task and its thread. */
  async close(): Promise<void> {
    await this.#running;
    clearTimeout(this.#restTimer);
    // What a stuck thread is at cannot be interrupted; it ends when that returns, and nobody waits for it.
    if (!this.#stuck) await this.#dismissAll();
    this.#watch.stop();
    const destroyed = this.#piscina.destroy();
    if (!this.#stuck) await destroyed;
  }

  async #run(attachment: Attachment, message: Run): Promise<Done> {
    this.#busy = true;
    this.#arena = attachment.arena;
    try {
      if (!this.isReadyFor(message.trainer)) await this.#makeReady(attachment);
      for (const member of this.#members) member.watch(attachment.arena.status(member.rank));
      return await this.#tell(this.#members, message);
    } finally {
      this.#busy = false;
      this.#restTimer.refresh();
    }
  }

  /**
   * Threads load their code while the caller opens its data; what goes wrong is met again by the first command. Ranks that
   * have started are kept: they hold their threads, and others would wait for these without end.
   */
  #warmUp(): void {
    try {
      this.#fill();
    } catch {}
  }

  /** Whether every rank is up and has the trainer's newest arena. */
  isReadyFor(trainer: number): boolean {
    const newest = this.#attachments.get(trainer);
    const isReady = (member: Member): boolean => member.usable && member.attachments.get(trainer) === newest;
    return this.#members.length === this.workers && this.#members.every(isReady);
  }

  /** Starts ranks that are missing and attaches those that have not seen the newest arena. */
  async #makeReady(attachment: Attachment): Promise<void> {
    await this.#resting;
    this.#fill();
    const { message, arena } = attachment;
    const behind = this.#members.filter(({ attachments }) => attachments.get(message.trainer) !== attachment);
    for (const member of behind) {
      const line = arena.status(member.rank);
      line[status.phase] = phases.indexOf('attach');
      member.watch(line);
    }
    if (behind.length === 0) return;
    const rest = [...behind];
    if (message.engine === 'tensorflow') await loadFirstAlone(() => this.#tell(rest.splice(0, 1), message));
    await this.#tell(rest, message);
    for (const member of behind) member.attachments.set(message.trainer, attachment);
  }

  #fill(): void {
    for (let rank = 0; rank < this.workers; rank++) {
      if (!this.#members[rank]?.usable) this.#members[rank] = this.#start(rank);
    }
  }

  /** On the thread that the rank has rested on: it still has what the rank was attached to, and need not be told again. */
  #start(rank: number): Member {
    const before = this.#members[rank];
    this.#wantedThread = before?.threadId ?? 0;
    this.#gotWanted = false;
    try {
      const trainers = [...this.#attachments.keys()];
      const member = this.#queue.orForget(
        () => new Member(rank, this.#piscina, this.#spins, trainers, () => this.#abort()),
      );
      if (before !== undefined && this.#gotWanted) member.inherit(before);
      return member;
    } catch (thrown) {
      const { name, message, stack = '' } = thrown as Error;
      const error = { name, message, stack };
      throw new RankFailure([{ type: 'failed', rank, aborted: false, phase: 'attach', step: 0, error }], false);
    } finally {
      this.#wantedThread = 0;
    }
  }

  async #tell(members: readonly Member[], message: Attach | Run): Promise<Done> {
    this.#clearWords();
    const answers: Answer[] = await Promise.all(members.map((member) => member.tell(message)));
    const failures = answers.filter((answer): answer is Failed => answer.type === 'failed');
    if (failures.length > 0) throw new RankFailure(failures, this.#stuck);
    return answers[0] as Done;
  }

  /** Between two commands nobody is at the barrier; a failed one may have left its count and the abort word behind. */
  #clearWords(): void {
    if (this.#arena === null) return;
    const words = this.#arena.control;
    Atomics.store(words, control.arrived, 0);
    Atomics.store(words, control.abort, 0);
  }

  /** Frees the ranks that wait for one that will not come. */
  #abort(): void {
    if (this.#arena !== null) abortRun(this.#arena.control);
  }

  #endStalled(member: Member, seconds: number): void {
    member.terminate(
      new Error(`no progress for ${seconds} s; set stallLimit higher if a phase of one step may take as long`),
    );
    this.#abort();
  }

  #leaveStuck(member: Member): void {
    this.#stuck ||= member.began;
    this.#abort();
    member.abandon(new Error('its thread did not begin'));
  }

  /** Nobody knows which thread it was; a task that found none would be given another one from an event, which may throw. */
  #loseStarting(error: Error): void {
    this.#queue.forgetAll();
    for (const member of this.#members) if (!member.began) member.abandon(error);
  }

  /** Ends the tasks, which keep the process alive, and keeps the threads, which do not, for the next command. */
  #rest(): void {
    if (!this.#busy) this.#resting = this.#dismissAll();
  }

  async #dismissAll(): Promise<void> {
    for (const member of this.#members) member.dismiss();
    await Promise.all(this.#members.map(({ ending }) => ending));
  }
}
