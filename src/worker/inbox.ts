import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import { doorbell, type FromRank, type RankStart, type ToRank } from '../shared/protocol/messages.js';

/** Looking at the doorbell takes about as long at most; who comes later is waited for asleep the next time. */
const BRIEF_MS = 1;

/**
 * A rank's end of its port. Taking a message blocks the thread: the coordinator posts the message first and advances
 * the doorbell after it, so a rank that sees the new count finds the message in its port.
 */
export class Inbox {
  readonly #port: MessagePort;
  readonly #doorbell: Int32Array;
  readonly #spins: number;
  /**
   * Looks before it sleeps: none until commands come in quick succession, as others need the core, the coordinator first
   * of all, which is to hear the answer.
   */
  #looks = 0;
  #taken = 0;

  constructor({ port, doorbell: words, spins }: RankStart) {
    this.#port = port;
    this.#doorbell = new Int32Array(words);
    this.#spins = spins;
    Atomics.store(this.#doorbell, doorbell.thread, threadId);
  }

  /** Waits for the next message. */
  take(): ToRank {
    const began = performance.now();
    this.#awaitRing();
    const isBrief = performance.now() - began < BRIEF_MS;
    this.#taken++;
    const { message } = receiveMessageOnPort(this.#port) as { message: ToRank };
    this.#looks = message.type === 'run' && isBrief ? this.#spins : 0;
    return message;
  }

  reply(message: FromRank): void {
    this.#port.postMessage(message);
  }

  #awaitRing(): void {
    const { rings } = doorbell;
    for (let look = 0; look < this.#looks; look++) if (Atomics.load(this.#doorbell, rings) !== this.#taken) return;
    while (Atomics.load(this.#doorbell, rings) === this.#taken) Atomics.wait(this.#doorbell, rings, this.#taken);
  }
}
