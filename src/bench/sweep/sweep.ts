import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { syntheticData } from '../data.js';
import { interleave, stepTimes } from '../interleave.js';
import { LockstepRunner } from '../lockstepRunner.js';
import { describeMachine, type Machine } from '../machine.js';
import { type Summary, summarize } from '../summary.js';
import { type Watch, type Workload, workloads } from '../workloads.js';

export interface SweepOptions {
  /** Units of both hidden layers of the model. */
  readonly units: readonly number[];
  readonly batchSizes: readonly number[];
  /** Numbers of workers; one is always among them. */
  readonly workers: readonly number[];
  readonly engine: EngineChoice;
  readonly rounds: number;
  /** How long a round of one worker takes. */
  readonly milliseconds: number;
}

/** One model at one batch size. */
export interface SweepPoint {
  readonly units: number;
  readonly batchSize: number;
  readonly parameters: number;
  /** Milliseconds a step, by number of workers. */
  readonly times: readonly { readonly workers: number; readonly time: Summary }[];
  readonly best: number;
  /** What `workers: 'auto'` had last, and why. */
  readonly auto: number;
  readonly autoReason: string;
  /** Its time over that of the best number in the same round, less one: the median over the rounds. */
  readonly autoLoss: number;
}

export interface SweepBenchmark {
  readonly machine: Machine;
  readonly rounds: number;
  readonly points: readonly SweepPoint[];
  /** The largest loss of `auto` against the best fixed number. */
  readonly worstAutoLoss: number;
  readonly othersBusy: number;
}

const INPUTS = 64;
const SHARDS = 8;
/** Training after which `auto` has made up its mind. */
const SETTLING_SECONDS = 4;
/** Rows of data, at least one batch. */
const ROWS = 8192;

/** Times models from small to large at batches from small to large, and what `workers: 'auto'` makes of each. */
export async function benchSweep(options: SweepOptions, watch: Watch = () => {}): Promise<SweepBenchmark> {
  const points: SweepPoint[] = [];
  let othersBusy = 0;
  for (const units of options.units) {
    for (const batchSize of options.batchSizes) {
      watch(`sweep: ${units} units, batch ${batchSize}`);
      const measured = await measurePoint(units, batchSize, options);
      points.push(measured.point);
      othersBusy = Math.max(othersBusy, measured.othersBusy);
    }
  }
  const worstAutoLoss = Math.max(...points.map(({ autoLoss }) => autoLoss));
  return { machine: describeMachine(), rounds: options.rounds, points, worstAutoLoss, othersBusy };
}

async function measurePoint(units: number, batchSize: number, options: SweepOptions) {
  const { engine, rounds } = options;
  const workload = await withRoundsOf(options.milliseconds, sweptWorkload(units, batchSize), engine);
  const data = syntheticData(workload);
  const counts = [...new Set([1, ...options.workers])].filter((count) => count <= SHARDS).sort((a, b) => a - b);
  const runners: LockstepRunner[] = [];
  try {
    for (const workers of ['auto', ...counts] as const)
      runners.push(await LockstepRunner.create(workload, data, { workers, shards: SHARDS, engine }));
    const [{ trainer }] = runners;
    for (let seconds = 0; seconds < SETTLING_SECONDS; ) seconds += (await runners[0].round()).seconds;
    const { rounds: results, othersBusy } = await interleave(runners, rounds);
    const [autoTimes, ...times] = results.map(stepTimes);
    const { workers: auto, workersReason: autoReason } = trainer;
    const { parameters } = trainer.describe();
    return {
      point: { units, batchSize, parameters, auto, autoReason, ...rateAuto(counts, times, autoTimes) },
      othersBusy,
    };
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** The workload with as many steps a round as one worker takes in so many milliseconds. */
async function withRoundsOf(milliseconds: number, workload: Workload, engine: EngineChoice): Promise<Workload> {
  const data = syntheticData(workload);
  const runner = await LockstepRunner.create(workload, data, { workers: 1, shards: SHARDS, engine });
  try {
    let [seconds, steps] = [0, 0];
    for (let round = 0; round < 2 || seconds * 1000 < milliseconds / 2; round++) {
      const timed = await runner.round();
      // The first one warms up.
      if (round > 0) [seconds, steps] = [seconds + timed.seconds, steps + timed.steps];
    }
    const wanted = Math.max(1, Math.round((milliseconds / 1000 / seconds) * steps));
    const batches = Math.min(wanted, Math.max(1, Math.ceil(ROWS / workload.batchSize)));
    return { ...workload, batches, steps: batches * Math.max(1, Math.round(wanted / batches)) };
  } finally {
    await runner.close();
  }
}

/** The best number of workers, and what `auto` loses against it; all times are by round. */
export function rateAuto(
  counts: readonly number[],
  fixed: readonly (readonly number[])[],
  auto: readonly number[],
): Pick<SweepPoint, 'times' | 'best' | 'autoLoss'> {
  const times = counts.map((workers, i) => ({ workers, time: summarize(fixed[i]) }));
  const best = times.reduce((a, b) => (b.time.median < a.time.median ? b : a)).workers;
  const ofBest = fixed[counts.indexOf(best)];
  return { times, best, autoLoss: summarize(auto.map((time, round) => time / ofBest[round])).median - 1 };
}

/** A classifier of two hidden layers; a few batches, until it is known how long a step takes. */
function sweptWorkload(units: number, batchSize: number): Workload {
  const batches = 16;
  return {
    ...workloads[0],
    title: `MLP ${INPUTS}-${units}-${units}-10`,
    layers: [
      { type: 'Dense', units, activation: 'relu', inputShape: [INPUTS] },
      { type: 'Dense', units, activation: 'relu' },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    batchSize,
    batches,
    steps: batches,
  };
}
