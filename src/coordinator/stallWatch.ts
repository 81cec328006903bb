import type { Phase } from '../shared/control.js';
import type { Member } from './member.js';

/** Looks that make up the stall limit, and how many of them pass before a warning. */
const LOOKS = 10;
const LOOKS_TO_WARN = 5;

/** A rank that has not entered another phase for some time. */
export interface Slowness {
  readonly rank: number;
  readonly step: number;
  readonly phase: Phase;
  readonly seconds: number;
}

/** What the watch may find. */
export interface StallListener {
  slow(slowness: Slowness): void;
  /** The rank has stalled at its work: nobody waits for it any longer. */
  stalled(member: Member, seconds: number): void;
  /** Every rank waits for another one. */
  deadlocked(): void;
  /** A rank that was to be ended has not gone within another limit. */
  stuck(member: Member): void;
}

/**
 * Watches ranks that owe an answer. It counts looks, not time: when the whole process was suspended or the event loop
 * was kept busy, no look was taken, and nobody is to blame.
 */
export class StallWatch {
  readonly #members: () => readonly Member[];
  readonly #listener: StallListener;
  readonly #secondsALook: number;
  readonly #seen = new WeakMap<Member, { pulse: number; looks: number }>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** `limit` is in seconds; Infinity switches the watch off. */
  constructor(limit: number, members: () => readonly Member[], listener: StallListener) {
    this.#members = members;
    this.#listener = listener;
    this.#secondsALook = limit / LOOKS;
    if (Number.isFinite(limit)) this.#timer = setInterval(() => this.look(), this.#secondsALook * 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const owing = this.#members().filter((member) => member.owes);
    for (const member of owing) this.#lookAt(member);
    const looksOf = (member: Member): number => this.#seen.get(member)?.looks ?? 0;
    if (owing.length > 0 && owing.every((member) => waits(member) && looksOf(member) >= LOOKS)) {
      this.#listener.deadlocked();
    }
  }

  #lookAt(member: Member): void {
    const { pulse } = member;
    const seen = this.#seen.get(member);
    const looks = seen?.pulse === pulse ? seen.looks + 1 : 0;
    this.#seen.set(member, { pulse, looks });
    if (waits(member)) return;
    const { rank, step, phase } = member;
    const seconds = looks * this.#secondsALook;
    if (looks === LOOKS_TO_WARN) this.#listener.slow({ rank, step, phase, seconds });
    if (looks >= LOOKS && !member.condemned) this.#listener.stalled(member, seconds);
    if (looks >= 2 * LOOKS) this.#listener.stuck(member);
  }
}

function waits({ phase }: Member): boolean {
  return phase === 'wait' || phase === 'sync';
}
