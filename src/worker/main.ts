import { LockstepError } from '../shared/errors.js';
import { Aborted, abortRun } from '../shared/memory/barrier.js';
import type { Done, Failed, RankStart, Run, SnapshotPlace } from '../shared/protocol/messages.js';
import { openFeed } from './batch.js';
import { Inbox } from './inbox.js';
import { attachRank, type Rank } from './rank.js';
import { applyStep, evaluateStep, gradientStep, predictStep, type StepOutcome, trainStep } from './step.js';

/** A rank of each trainer, by the trainer's number. */
type RankByTrainer = Map<number, Rank>;

/** What the thread's last task has left: a task ends whenever the ranks rest, and to attach again takes many steps' time. */
let left: { readonly rank: number; readonly ranks: RankByTrainer } | null = null;

/**
 * The task of one rank: it lives until the ranks rest and does what the coordinator's messages say, for each of the trainers
 * that share it.
 */
export default async function liveAsRank(start: RankStart): Promise<void> {
  const inbox = new Inbox(start);
  const ranks = takeUp(start);
  for (;;) {
    const message = inbox.take();
    if (message.type === 'close') break;
    const { trainer } = message;
    try {
      if (message.type === 'detach') {
        ranks.get(trainer)?.engine.dispose?.();
        ranks.delete(trainer);
      } else if (message.type === 'attach') {
        const before = ranks.get(trainer);
        if (before?.attachment === message.attachment) before.clock.enter('idle');
        else {
          // Before another one takes memory: the allocator then has room for it at the same place.
          before?.engine.dispose?.();
          ranks.delete(trainer);
          ranks.set(trainer, await attachRank(start, message));
        }
        inbox.reply({ type: 'done', rank: start.rank, batches: 0, nonFinite: null, milliseconds: 0 });
      } else {
        inbox.reply({ type: 'done', rank: start.rank, ...runBatches(ranks.get(trainer) as Rank, message) });
      }
    } catch (error) {
      // Nobody awaits an answer to a detach: it would be taken for that to the next command.
      if (message.type !== 'detach') inbox.reply(reportFailure(start.rank, ranks.get(trainer), error));
    }
  }
  left = { rank: start.rank, ranks };
  start.port.close();
}

/** What the thread still has of the same rank and of trainers that there still are. */
function takeUp({ rank, trainers }: RankStart): RankByTrainer {
  const ranks: RankByTrainer = left?.ranks ?? new Map();
  const isSame = left?.rank === rank;
  left = null;
  for (const [trainer, { engine }] of ranks) {
    if (isSame && trainers.includes(trainer)) continue;
    ranks.delete(trainer);
    engine.dispose?.();
  }
  return ranks;
}

function runBatches(rank: Rank, run: Run): Omit<Done, 'type' | 'rank'> {
  const began = performance.now();
  const takeStep = stepOf(rank, run);
  let outcome: StepOutcome = 'continue';
  let batch = run.firstBatch;
  while (batch < run.endBatch && outcome === 'continue') {
    outcome = takeStep(batch, run.firstStep + batch - run.firstBatch);
    if (outcome === 'continue' || outcome === 'stop') batch++;
  }
  const milliseconds = performance.now() - began;
  if (run.snapshot !== null && outcome !== 'spoilt') takeSnapshot(rank, run.snapshot);
  if (run.copy !== null) copyState(rank, run.copy);
  rank.clock.enter('idle');
  return { batches: batch - run.firstBatch, nonFinite: nonFinites[outcome], milliseconds };
}

const nonFinites = { continue: null, stop: null, nonFinite: 'loss', spoilt: 'update' } as const;

/** No barrier is needed before it: nobody writes parameters or moments after the one that ends a step. */
function takeSnapshot(rank: Rank, place: SnapshotPlace): void {
  rank.clock.enter('snapshot');
  rank.saveShare(place);
}

function copyState(rank: Rank, memory: SharedArrayBuffer): void {
  rank.clock.enter('copy');
  rank.copyShare(memory);
}

function stepOf(rank: Rank, run: Run): (batch: number, step: number) => StepOutcome {
  const feed = openFeed(run);
  const { half } = run;
  if (run.mode === 'train') return (batch, step) => trainStep(rank, feed, batch, step, half);
  if (run.mode === 'evaluate') return (batch, step) => evaluateStep(rank, feed, batch, step, half);
  if (run.mode === 'gradients' || run.mode === 'apply') {
    const gradient = new Float32Array(run.gradient as SharedArrayBuffer);
    if (run.mode === 'apply') return (_batch, step) => applyStep(rank, step, gradient);
    return (batch, step) => gradientStep(rank, feed, batch, step, gradient, half);
  }
  const predictions = run.predictions.map((memory) => new Float32Array(memory));
  return (batch, step) => predictStep(rank, feed, batch, step, predictions);
}

/** Wakes the other ranks and says where this one was. */
function reportFailure(number: number, rank: Rank | undefined, thrown: unknown): Failed {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (rank !== undefined) abortRun(rank.arena.control);
  return {
    type: 'failed',
    rank: number,
    aborted: error instanceof Aborted,
    phase: rank?.clock.phase ?? 'attach',
    step: rank?.clock.step ?? 0,
    error: {
      name: error.name,
      message: error.message,
      stack: (error.cause instanceof Error ? error.cause : error).stack ?? '',
      ...(error instanceof LockstepError && { code: error.code, blame: error.blame }),
    },
  };
}
