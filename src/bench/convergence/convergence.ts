import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepRunner } from '../lockstepRunner.js';
import { describeMachine, type Machine } from '../machine.js';
import { writeCase } from '../peers/caseFiles.js';
import type { Identity } from '../peers/contestants.js';
import { type Absent, describeOurs, describeTheirs, type PeersOptions, startTheirs } from '../peers/peers.js';
import { findPython, type PythonSearch } from '../peers/python.js';
import { type Summary, summarize } from '../summary.js';
import type { Watch } from '../workloads.js';
import { type DigitsCase, digitsCase, digitsWorkload } from './digits.js';
import { type Finish, race } from './race.js';

/** What `bench convergence` is asked for. */
export interface ConvergenceOptions extends Pick<PeersOptions, 'peers' | 'workers' | 'engine' | 'python'> {
  /** Trainings from different weights, on rows in a different order. */
  readonly repeats: number;
  /** The validation accuracy to come to. */
  readonly target: number;
}

export interface ConvergenceRow extends Identity {
  /** Seconds of training to the target; null where a repeat did not come there. */
  readonly seconds: Summary | null;
  /** Epochs to the target, by repeat; null where it was not reached. */
  readonly epochs: readonly (number | null)[];
}

export interface ConvergenceBenchmark {
  readonly machine: Machine;
  readonly title: string;
  readonly batchSize: number;
  readonly target: number;
  readonly repeats: number;
  readonly rows: readonly ConvergenceRow[];
  readonly absent: readonly Absent[];
}

const SHARDS = 8;
/** Nobody who learns needs more. */
const MOST_EPOCHS = 40;
/** What an epoch may take: some twenty are needed, in each repeat. */
const MOST_SECONDS = 2;

/** Who raced in one repeat, and how each came in. */
interface Heat {
  readonly racers: readonly Identity[];
  readonly finishes: readonly Finish[];
  readonly absent: readonly Absent[];
}

/**
 * Measures the seconds of training until the handwritten digits are classified with the target's accuracy: Lockstep and
 * every peer from the same weights, on the same batches, taking turns epoch by epoch.
 */
export async function benchConvergence(
  options: ConvergenceOptions,
  watch: Watch = () => {},
): Promise<ConvergenceBenchmark> {
  const { target, repeats, python } = options;
  const search = findPython(python);
  const heats: Heat[] = [];
  for (let repeat = 1; repeat <= repeats; repeat++) {
    watch(`convergence: training ${repeat} of ${repeats}`);
    heats.push(await runHeat(await digitsCase(repeat), repeat, options, search));
  }
  const { title, batchSize } = digitsWorkload;
  return {
    machine: describeMachine(),
    title,
    batchSize,
    target,
    repeats,
    rows: rowsOf(heats),
    absent: heats[0].absent,
  };
}

async function runHeat(
  { data, validation }: DigitsCase,
  seed: number,
  options: ConvergenceOptions,
  search: PythonSearch,
): Promise<Heat> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-convergence-'));
  const started: { close(): Promise<void> }[] = [];
  try {
    const ours: LockstepRunner[] = [];
    for (const workers of options.workers) {
      const configuration = { workers, shards: Math.max(SHARDS, workers), engine: options.engine, seed };
      const runner = await LockstepRunner.create(digitsWorkload, data, configuration, validation);
      ours.push(runner);
      started.push(runner);
    }
    await writeCase(folder, digitsWorkload, data, ours[0].trainer, validation);
    const { theirs, absent } = await startTheirs(
      digitsWorkload,
      folder,
      { ...options, mostSeconds: MOST_SECONDS },
      search,
      started,
    );
    const finishes = await race([...ours, ...theirs], options.target, MOST_EPOCHS);
    return { racers: [...ours.map(describeOurs), ...theirs.map(describeTheirs)], finishes, absent };
  } finally {
    await Promise.allSettled(started.map((runner) => runner.close()));
    await rm(folder, { recursive: true });
  }
}

/** One row for each racer; all heats have the same. */
function rowsOf(heats: readonly Heat[]): ConvergenceRow[] {
  return heats[0].racers.map(({ library, setting, threads }, index) => {
    const finishes = heats.map(({ finishes }) => finishes[index]);
    const epochs = finishes.map(({ epochs }) => epochs);
    const seconds = epochs.includes(null) ? null : summarize(finishes.map(({ seconds }) => seconds));
    return { library, setting, threads, seconds, epochs };
  });
}
