import { LockstepError } from '../../shared/errors.js';
import type { Done, Failed, Run } from '../../shared/protocol/messages.js';
import { RankFailure } from './rankFailure.js';

type Message = Omit<Run, 'type' | 'trainer'>;

/** What batches are run in halves with. */
export interface HalvesParts {
  run(message: Message): Promise<Done>;
  /** What the coordinator does once all ranks have taken a batch forward; throws where it cannot. */
  between(batch: number, step: number): void;
  /** Whether a step was to be the last. */
  hasStopped(): boolean;
}

/**
 * Runs batches each in two halves, with work of the coordinator's between them; what comes after the last batch is a message of its
 * own. A snapshot holds what is true between two steps, so that a failure in either half is met as in a whole one.
 */
export async function runInHalves(message: Message, { run, between, hasStopped }: HalvesParts): Promise<Done> {
  const { firstBatch, endBatch, firstStep, snapshot, copy } = message;
  let outcome: Pick<Done, 'batches' | 'nonFinite' | 'milliseconds'> = { batches: 0, nonFinite: null, milliseconds: 0 };
  for (let batch = firstBatch; batch < endBatch; batch++) {
    const step = firstStep + batch - firstBatch;
    const one = { ...message, firstBatch: batch, endBatch: batch + 1, firstStep: step, snapshot: null, copy: null };
    const began = performance.now();
    await run({ ...one, half: 'first' });
    failingAs(step, () => between(batch, step));
    const { batches, nonFinite } = await run({ ...one, half: 'second' });
    const milliseconds = outcome.milliseconds + performance.now() - began;
    outcome = { batches: outcome.batches + batches, nonFinite, milliseconds };
    if (nonFinite !== null || hasStopped()) break;
  }
  const isSpoilt = outcome.nonFinite === 'update';
  if (!isSpoilt && (snapshot !== null || copy !== null)) await run({ ...message, endBatch: firstBatch });
  return { type: 'done', rank: 0, ...outcome };
}

/** What fails between two halves is met as the failure of a rank is: the weights go back to where they were. */
function failingAs(step: number, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof RankFailure) throw thrown;
    const { name, message, stack = '' } = thrown as Error;
    const blamed = thrown instanceof LockstepError && { code: thrown.code, blame: thrown.blame };
    throw betweenHalves(step, { name, message, stack, ...blamed });
  }
}

/** A failure in neither half. */
export function betweenHalves(step: number, error: Failed['error']): RankFailure {
  return new RankFailure([{ type: 'failed', rank: 0, aborted: false, phase: 'wait', step, error }], false);
}
