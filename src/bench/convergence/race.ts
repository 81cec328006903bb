import type { Runner } from '../interleave.js';

/** A runner whose round is one epoch, and that can say how well it classifies rows that it was not trained on. */
export interface Racer extends Runner {
  accuracy(): Promise<number>;
}

/** How a racer came to the target. */
export interface Finish {
  /** Epochs it took; null where it did not come there. */
  readonly epochs: number | null;
  /** Seconds of training until then, or in all. */
  readonly seconds: number;
  /** The accuracy it stopped with. */
  readonly accuracy: number;
}

/**
 * Lets racers train by turns, an epoch each, until every one has come to the target or has trained `most` epochs. The
 * validation between epochs is not timed.
 */
export async function race(racers: readonly Racer[], target: number, most: number): Promise<Finish[]> {
  const finishes: Finish[] = racers.map(() => ({ epochs: null, seconds: 0, accuracy: 0 }));
  for (let epoch = 1; epoch <= most && finishes.some(({ epochs }) => epochs === null); epoch++)
    for (let turn = 0; turn < racers.length; turn++) {
      const index = (epoch + turn) % racers.length;
      const before = finishes[index];
      if (before.epochs !== null) continue;
      const { seconds } = await racers[index].round();
      const accuracy = await racers[index].accuracy();
      finishes[index] = {
        epochs: accuracy >= target ? epoch : null,
        seconds: before.seconds + seconds,
        accuracy,
      };
    }
  return finishes;
}
