import type { Rank } from './rank.js';

/** Waits until every rank has come here. */
export function awaitAll(rank: Rank, phase: 'sync' | 'wait' = 'wait'): void {
  rank.clock.enter(phase);
  rank.barrier.wait();
}
