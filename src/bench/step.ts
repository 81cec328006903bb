import type { EngineChoice } from '../coordinator/options/trainerOptions.js';
import { type BenchData, syntheticData } from './data.js';
import { flopsPerStep } from './flops.js';
import { interleave, type Round, type Runner, stepTimes } from './interleave.js';
import { type Configuration, LockstepRunner } from './lockstepRunner.js';
import { describeMachine, type Machine } from './machine.js';
import { measurePeak } from './peak.js';
import { type PhaseProfile, profilePhases } from './profile.js';
import { skipUnsupported } from './skip.js';
import { type Summary, summarize } from './summary.js';
import { type Watch, type Workload, withSteps } from './workloads.js';

/** What `bench step` is asked for. */
export interface StepOptions {
  readonly workloads: readonly Workload[];
  readonly workers: readonly number[];
  /** Shard counts; `workers` stands for as many shards as the configuration has workers. */
  readonly shards: readonly (number | 'workers')[];
  readonly engine: EngineChoice;
  /** Steps a round; each workload's own number when absent. */
  readonly steps?: number | undefined;
  readonly rounds: number;
}

/** One configuration's figures. */
export interface StepFigures {
  readonly workers: number;
  readonly shards: number;
  readonly engine: string;
  /** Milliseconds a step. */
  readonly time: Summary;
  readonly samplesPerSecond: number;
  readonly gigaflops: number;
  /** GFLOP/s of the cores used at their best; null where nothing can measure it. */
  readonly peak: number | null;
  /** Mean loss over the last epoch. */
  readonly loss: number;
  /** By rank. */
  readonly phases: readonly PhaseProfile[];
}

export type WorkloadReport = {
  readonly workload: string;
  readonly title: string;
} & ({ readonly skipped: string } | StepReport);

interface StepReport {
  readonly batchSize: number;
  readonly stepsPerRound: number;
  readonly rounds: number;
  readonly gigaflopPerStep: number;
  /** Cores that other programs kept busy. */
  readonly othersBusy: number;
  readonly configurations: readonly StepFigures[];
}

export interface StepBenchmark {
  readonly machine: Machine;
  readonly reports: readonly WorkloadReport[];
}

/** Times a training step of every workload in every configuration, one workload after the other. */
export async function benchStep(options: StepOptions, watch: Watch = () => {}): Promise<StepBenchmark> {
  const reports: WorkloadReport[] = [];
  for (const given of options.workloads) {
    const workload = withSteps(given, options.steps);
    const { name, title } = workload;
    reports.push({ workload: name, title, ...(await skipUnsupported(() => measure(workload, options, watch))) });
  }
  return { machine: describeMachine(), reports };
}

async function measure(workload: Workload, options: StepOptions, watch: Watch): Promise<StepReport> {
  const data = syntheticData(workload);
  const configurations = configurationsOf(options);
  const { timed, othersBusy } = await timeAll(workload, data, configurations, options.rounds, watch);
  const gigaflopPerStep = flopsPerStep(workload.layers, workload.batchSize) / 1e9;
  const figures: StepFigures[] = [];
  for (const [index, configuration] of configurations.entries()) {
    watch(`${workload.name}: phases of ${configuration.workers} workers, ${configuration.shards} shards`);
    const phases = await profilePhases(workload, data, configuration);
    figures.push(figuresOf(workload, configuration, gigaflopPerStep, timed[index], phases));
  }
  const { batchSize, steps: stepsPerRound } = workload;
  return { batchSize, stepsPerRound, rounds: options.rounds, gigaflopPerStep, othersBusy, configurations: figures };
}

/** Every number of workers with every number of shards that is enough for it, each once. */
export function configurationsOf({
  workers,
  shards,
  engine,
}: Omit<StepOptions, 'workloads' | 'rounds'>): Configuration[] {
  const all = workers.flatMap((count) =>
    shards.map((given) => ({ workers: count, shards: given === 'workers' ? count : given, engine })),
  );
  const same = (a: Configuration) => (b: Configuration) => a.workers === b.workers && a.shards === b.shards;
  return all.filter((one, index) => one.shards >= one.workers && all.findIndex(same(one)) === index);
}

interface Timed {
  readonly rounds: readonly Round[];
  readonly peaks: readonly (number | null)[];
  readonly engine: string;
}

async function timeAll(
  workload: Workload,
  data: BenchData,
  configurations: readonly Configuration[],
  rounds: number,
  watch: Watch,
): Promise<{ timed: Timed[]; othersBusy: number }> {
  const runners: LockstepRunner[] = [];
  try {
    for (const configuration of configurations)
      runners.push(await LockstepRunner.create(workload, data, configuration));
    const meters = runners.map((runner) => new PeakMeter(runner.trainer.workers));
    const turns: Runner[] = runners.flatMap((runner, index) => [runner, meters[index]]);
    const { rounds: results, othersBusy } = await interleave(turns, rounds, (round) =>
      watch(`${workload.name}: round ${round} of ${rounds}`),
    );
    const timed = runners.map(({ trainer }, index) => ({
      rounds: results[2 * index],
      peaks: meters[index].peaks,
      engine: trainer.engine,
    }));
    return { timed, othersBusy };
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** Takes its turn in the rounds, so that the peak is of the same minutes as the times. */
class PeakMeter implements Runner {
  readonly name = 'peak';
  readonly peaks: (number | null)[] = [];
  readonly #workers: number;

  constructor(workers: number) {
    this.#workers = workers;
  }

  async round(): Promise<Round> {
    this.peaks.push(await measurePeak(this.#workers));
    return { seconds: 0, steps: 0, loss: 0 };
  }

  async close(): Promise<void> {}
}

function figuresOf(
  { batchSize }: Workload,
  { workers, shards }: Configuration,
  gigaflopPerStep: number,
  { rounds, peaks, engine }: Timed,
  phases: readonly PhaseProfile[],
): StepFigures {
  const time = summarize(stepTimes(rounds));
  const seconds = time.median / 1000;
  const known = peaks.filter((peak) => peak !== null);
  return {
    workers,
    shards,
    engine,
    time,
    samplesPerSecond: batchSize / seconds,
    gigaflops: gigaflopPerStep / seconds,
    peak: known.length > 0 ? summarize(known).median : null,
    loss: rounds[rounds.length - 1].loss,
    phases,
  };
}
