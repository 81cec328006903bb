import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { Arena } from '../../shared/memory/arena.js';
import { type Phase, phases, status } from '../../shared/memory/control.js';
import {
  type Attach,
  DOORBELL_BYTES,
  type Done,
  doorbell,
  type Failed,
  type FromRank,
  type Run,
  type ToRank,
} from '../../shared/protocol/messages.js';

/** One trainer's arena and placed program, as ranks are given them. */
export interface Attachment {
  readonly arena: Arena;
  readonly message: Attach;
}

/** The answer to a command. */
export type Answer = Done | Failed;

/** A rank as the coordinator sees it: a long-lived Piscina task that is told one thing at a time. */
export class Member {
  readonly rank: number;
  /** Resolves when the task has ended, whichever way. */
  readonly ending: Promise<void>;
  readonly #resolveEnding: () => void;
  /** The attachment it has of each trainer, by the trainer's number. */
  readonly attachments = new Map<number, Attachment>();
  readonly #piscina: Piscina;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  #line: Int32Array | null = null;
  #settle: ((answer: Answer) => void) | null = null;
  #dismissed = false;
  #ended = false;
  /** Why the coordinator ended its thread, if it did. */
  #sentence: Error | null = null;

  /** Starts the task on a free thread, or a new one; throws when there can be none. `onLost` hears of a thread's death. */
  constructor(rank: number, piscina: Piscina, spins: number, trainers: readonly number[], onLost: () => void) {
    this.rank = rank;
    this.#piscina = piscina;
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(DOORBELL_BYTES);
    this.#port = port1;
    this.#words = new Int32Array(words);
    const task: Promise<unknown> = piscina.run(
      { rank, port: port2, doorbell: words, spins, trainers },
      { transferList: [port2] },
    );
    // Only now: a port that is listened to keeps the process alive, and nobody would close it where there is no thread.
    port1.on('message', (answer: FromRank) => this.#hear(answer));
    let resolveEnding = (): void => {};
    this.ending = new Promise((resolve) => {
      resolveEnding = resolve;
    });
    this.#resolveEnding = resolveEnding;
    task.then(
      () => this.#end(),
      (error: unknown) => {
        onLost();
        this.#fail(asError(error));
      },
    );
  }

  /** Whether it can be told something: its task has not ended and was not asked to. */
  get usable(): boolean {
    return !this.#ended && !this.#dismissed;
  }

  /** Whether its task has begun on a thread. */
  get began(): boolean {
    return this.threadId !== 0;
  }

  /** The thread its task runs on, or ran; 0 until it has begun. */
  get threadId(): number {
    return Atomics.load(this.#words, doorbell.thread);
  }

  /** An answer of it is awaited, or its end. */
  get owes(): boolean {
    return this.#settle !== null || (this.#dismissed && !this.#ended);
  }

  /** Whether the coordinator has ended its thread, which may take until native code returns. */
  get condemned(): boolean {
    return this.#sentence !== null;
  }

  get step(): number {
    return this.#line?.[status.step] ?? 0;
  }

  get phase(): Phase {
    return this.#line === null ? 'attach' : phases[this.#line[status.phase]];
  }

  /** A number that changes with every command and every phase the rank enters. */
  get pulse(): number {
    return this.#words[doorbell.rings] + (this.#line?.[status.beats] ?? 0);
  }

  /** Posts a command; resolves with the answer, or with a failure when the thread dies before it. */
  tell(message: Attach | Run): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => {
      this.#settle = (given) => {
        this.#settle = null;
        resolve(given);
      };
    });
    this.#post(message);
    return answer;
  }

  /** It was given the thread that another one has rested on, which still has what that one was attached to. */
  inherit({ attachments }: Member): void {
    for (const [trainer, attachment] of attachments) {
      // Injected faults need a clock of the task's own.
      if (attachment.message.faults === undefined) this.attachments.set(trainer, attachment);
    }
  }

  /** From here on its status stands in this line. */
  watch(line: Int32Array): void {
    this.#line = line;
  }

  /** Forgets a trainer. */
  detach(trainer: number): void {
    if (this.attachments.delete(trainer) && this.usable) this.#post({ type: 'detach', trainer });
  }

  /** Asks the task to end. */
  dismiss(): void {
    if (!this.usable) return;
    this.#dismissed = true;
    this.#post({ type: 'close' });
  }

  /** Ends the thread; `reason` is what a failure will name. */
  terminate(reason: Error): void {
    this.#sentence = reason;
    void this.#thread?.terminate();
  }

  /** Counts it as ended although its thread is not known to be, and settles what it owes. */
  abandon(reason: Error): void {
    this.dismiss();
    this.#fail(reason);
  }

  get #thread(): Worker | undefined {
    return this.#piscina.threads.find(({ threadId }) => threadId === this.threadId);
  }

  #hear(answer: FromRank): void {
    if (answer.type === 'terminateMe') this.terminate(new Error('the thread was terminated'));
    else this.#settle?.(answer);
  }

  #end(): void {
    this.#ended = true;
    this.#port.close();
    this.#resolveEnding();
  }

  #fail(cause: Error): void {
    if (this.#ended) return;
    this.attachments.clear();
    this.#end();
    this.#settle?.(this.#failure(this.#sentence ?? cause));
  }

  /** Posts first and rings after, so that a woken rank finds the message. */
  #post(message: ToRank): void {
    this.#port.postMessage(message);
    Atomics.add(this.#words, doorbell.rings, 1);
    Atomics.notify(this.#words, doorbell.rings);
  }

  #failure({ name, message, stack = '' }: Error): Failed {
    const { rank, phase, step } = this;
    return { type: 'failed', rank, aborted: false, phase, step, error: { name, message, stack } };
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
