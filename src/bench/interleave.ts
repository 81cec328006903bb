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

/** Pause between runners: longer than any thread pool of theirs spins after its work. */
const SETTLE_MS = 20;

/**
 * Runs all runners by turns, A B C, B C A, C A B, …, so that what the machine does meanwhile hits all alike and none
 * always follows the same other. The first round warms up and is the first of each list that comes back.
 */
export async function interleave(
  runners: readonly Runner[],
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<Round[][]> {
  const results: Round[][] = runners.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    onRound(round);
    for (let turn = 0; turn < runners.length; turn++) {
      const index = (round + turn) % runners.length;
      results[index].push(await runners[index].round());
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
  return results;
}

/** Milliseconds a step of every round after the warm-up. */
export function stepTimes(rounds: readonly Round[]): number[] {
  return rounds.slice(1).map(({ seconds, steps }) => (seconds / steps) * 1000);
}
