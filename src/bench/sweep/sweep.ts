import type { EngineChoice } from '../../coordinator/options.js';
import { type BenchData, syntheticData } from '../data.js';
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
  /** Rows that a round trains, at least one batch. */
  readonly rows: number;
}

/** One model at one batch size. */
export interface SweepPoint {
  readonly units: number;
  readonly batchSize: number;
  readonly parameters: number;
  /** Milliseconds a step, by number of workers. */
  readonly times: readonly { readonly workers: number; readonly time: Summary }[];
  readonly best: number;
  /** What `workers: 'auto'` settles on, and its median time over that of the best, less one. */
  readonly auto: number;
  readonly autoReason: string;
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
  const { workers, engine, rounds } = options;
  const workload = sweptWorkload(units, batchSize, options.rows);
  const data = syntheticData(workload);
  const { auto, autoReason, parameters } = await settleAuto(workload, data, engine);
  const counts = [...new Set([1, auto, ...workers])].filter((count) => count <= SHARDS).sort((a, b) => a - b);
  const runners: LockstepRunner[] = [];
  try {
    for (const count of counts)
      runners.push(await LockstepRunner.create(workload, data, { workers: count, shards: SHARDS, engine }));
    const { rounds: results, othersBusy } = await interleave(runners, rounds);
    const times = counts.map((count, i) => ({ workers: count, time: summarize(stepTimes(results[i])) }));
    return {
      point: { units, batchSize, parameters, autoReason, ...judgeAuto(times, auto) },
      othersBusy,
    };
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** What `workers: 'auto'` takes after it has trained for a while, which it uses to try other numbers. */
async function settleAuto(workload: Workload, data: BenchData, engine: EngineChoice) {
  const runner = await LockstepRunner.create(workload, data, { workers: 'auto', shards: SHARDS, engine });
  try {
    for (let seconds = 0; seconds < SETTLING_SECONDS; ) seconds += (await runner.round()).seconds;
    const { workers: auto, workersReason: autoReason } = runner.trainer;
    return { auto, autoReason, parameters: runner.trainer.describe().parameters };
  } finally {
    await runner.close();
  }
}

/** The best number of workers, and what another choice loses against it. */
export function judgeAuto(
  times: SweepPoint['times'],
  auto: number,
): Pick<SweepPoint, 'times' | 'best' | 'auto' | 'autoLoss'> {
  const best = times.reduce((a, b) => (b.time.median < a.time.median ? b : a));
  const chosen = times.find(({ workers }) => workers === auto) ?? best;
  return { times, best: best.workers, auto, autoLoss: chosen.time.median / best.time.median - 1 };
}

/** A classifier of two hidden layers, with as many steps a round as `rows` fill. */
function sweptWorkload(units: number, batchSize: number, rows: number): Workload {
  const batches = Math.max(1, Math.ceil(rows / batchSize));
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
