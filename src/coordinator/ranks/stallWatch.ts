import type { Phase } from '../../shared/memory/control.js';

/** Looks that make up the stall limit, and how many of them pass before a warning. */
const LOOKS = 10;
const LOOKS_TO_WARN = 5;

/** Looks after which a rank is still at the barrier although it was freed. */
const LOOKS_TO_FREE = LOOKS + 2;

/** A rank that has not entered another phase for some time. */
export interface Slowness {
  readonly rank: number;
  readonly step: number;
  readonly phase: Phase;
  readonly seconds: number;
}

/** What the watch looks at in a rank. */
export interface Watched {
  readonly rank: number;
  readonly step: number;
  readonly phase: Phase;
  /** Changes with every command and every phase. */
  readonly pulse: number;
  /** An answer of it is awaited, or its end. */
  readonly owes: boolean;
  /** Its thread has been told to end. */
  readonly condemned: boolean;
  /** Its thread has begun. */
  readonly began: boolean;
}

/** What the watch may find. */
export interface StallListener<Member extends Watched> {
  slow(slowness: Slowness): void;
  /** The rank has stalled at its work: nobody waits for it any longer. */
  stalled(member: Member, seconds: number): void;
  /** Every rank waits for another one. */
  deadlocked(): void;
  /** A rank that was to be ended has not gone within another limit. */
  stuck(member: Member): void;
}

/**
 * Watches ranks that owe an answer, or are to end. It counts looks, not time: when the whole process was suspended or the event loop
 * was kept busy, no look was taken, and nobody is to blame.
 */
export class StallWatch<Member extends Watched> {
  readonly #members: () => readonly Member[];
  readonly #listener: StallListener<Member>;
  readonly #secondsALook: number;
  readonly #seen = new WeakMap<Member, { pulse: number; looks: number }>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** `limit` is in seconds; Infinity switches the watch off. */
  constructor(limit: number, members: () => readonly Member[], listener: StallListener<Member>) {
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
    // Whoever waits is excused as long as somebody works.
    const excused = !owing.every(waits);
    for (const member of owing) this.#lookAt(member, excused);
  }

  #lookAt(member: Member, excused: boolean): void {
    const { rank, step, phase, pulse } = member;
    const seen = this.#seen.get(member);
    const looks = seen?.pulse === pulse ? seen.looks + 1 : 0;
    this.#seen.set(member, { pulse, looks });
    const seconds = looks * this.#secondsALook;
    if (looks >= 2 * LOOKS && (member.condemned || !member.began)) this.#listener.stuck(member);
    else if (waits(member) && excused) return;
    else if (waits(member) && looks === LOOKS) this.#listener.deadlocked();
    else if (looks === LOOKS_TO_WARN) this.#listener.slow({ rank, step, phase, seconds });
    else if (looks >= (waits(member) ? LOOKS_TO_FREE : LOOKS) && !member.condemned) {
      this.#listener.stalled(member, seconds);
    }
  }
}

function waits({ phase }: Watched): boolean {
  return phase === 'wait' || phase === 'sync';
}
