import { type Blame, fault, LockstepError, userError } from '../../shared/errors.js';
import type { Phase } from '../../shared/memory/control.js';
import type { Failed } from '../../shared/protocol/messages.js';
import { shortageIn } from '../../shared/threads/shortage.js';

/** Why a command could not be carried out: the rank that failed first, where it was, and what happened to it. */
export class RankFailure extends Error {
  override readonly name = 'RankFailure';
  readonly rank: number;
  readonly step: number;
  readonly phase: Phase;
  /** What was thrown in the rank, or how its thread ended. */
  override readonly cause: Error;
  readonly code: string | undefined;
  readonly blame: Blame;
  /** What a thread lacked to start, in words; null where the failure is another one. */
  readonly shortage: string | null;
  /** A thread that could not be ended is still at work in the arena. */
  readonly stuck: boolean;

  constructor(failures: readonly Failed[], stuck: boolean) {
    const { rank, step, phase, error } = failures.find(({ aborted }) => !aborted) ?? failures[0];
    super(error.message);
    this.rank = rank;
    this.step = step;
    this.phase = phase;
    this.cause = Object.assign(new Error(error.message), { name: error.name, stack: error.stack });
    this.shortage = phase === 'attach' ? shortageIn(error.message) : null;
    this.code = error.code;
    this.blame = error.blame ?? 'fault';
    this.stuck = stuck;
  }

  /** The cause in a few words. */
  get reason(): string {
    return this.shortage ?? `${this.cause.name}: ${this.cause.message}`;
  }

  /** The error for whoever called the trainer; `after` says what had been tried. */
  toError(after: string): LockstepError {
    const { rank, step, phase, reason, shortage, cause, code, blame } = this;
    if (shortage !== null)
      return userError('NO_THREADS', `No rank can start: ${shortage}; raise that limit and try again.`, cause);
    if (code !== undefined) return new LockstepError(code, this.message, { blame, cause });
    return fault('RANK_FAILED', `Rank ${rank} failed at step ${step} in phase ${phase}: ${reason}${after}`, cause);
  }
}
