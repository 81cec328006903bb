import { setTimeout } from 'node:timers/promises';
import { LoadMeter } from './load.js';

/** What one round of a runner gives. */
export interface Round {
  readonly seconds: number;
  readonly steps: number;
  /** Mean loss over the last pass over the data. */
  readonly loss: number;
}

/** Something that is timed: it computes only inside `round`, from where the last one ended. */
export interface Runner {
  readonly name: string;
  round(): Promise<Round>;
  close(): Promise<void>;
}

/** What the rounds of all runners give. */
export interface Interleaved {
  /** By runner; the first one of each warms up. */
  readonly rounds: readonly (readonly Round[])[];
  /** Cores that other programs kept busy meanwhile: figures taken beside such are not worth much. */
  readonly othersBusy: number;
}

/** Pause after a runner's turn, longer than any thread pool of its kind spins after its work … */
const SETTLE_MS = 15;
/** … and the time in which nothing that is measured computes. */
const LISTEN_MS = 15;

/**
 * Runs all runners by turns, A B C, B C A, C A B, …, so that what the machine does meanwhile hits all alike and none
 * always follows the same other. A first round warms up.
 */
export async function interleave(
  runners: readonly Runner[],
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<Interleaved> {
  const results: Round[][] = runners.map(() => []);
  const others = new LoadMeter();
  for (let round = 0; round <= rounds; round++) {
    onRound(round);
    for (let turn = 0; turn < runners.length; turn++) {
      const index = (round + turn) % runners.length;
      results[index].push(await runners[index].round());
      await setTimeout(SETTLE_MS);
      await others.during(() => setTimeout(LISTEN_MS));
    }
  }
  return { rounds: results, othersBusy: others.cores };
}

/** Milliseconds a step of every round after the warm-up. */
export function stepTimes(rounds: readonly Round[]): number[] {
  return rounds.slice(1).map(({ seconds, steps }) => (seconds / steps) * 1000);
}
