import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { type BenchData, firstRows, syntheticData } from '../data.js';
import { interleave, stepTimes } from '../interleave.js';
import { type Configuration, LockstepRunner } from '../lockstepRunner.js';
import { describeMachine, type Machine } from '../machine.js';
import { profilePhases } from '../profile.js';
import { skipUnsupported } from '../skip.js';
import { type Watch, type Workload, withSteps } from '../workloads.js';
import { type ScalingMeasurement, type ScalingPoint, scalingPoints } from './figures.js';
import { type FittedModel, fitStepModel, type KnownTerms } from './model.js';

/** Strong: every number of workers trains the same batch. Weak: the batch grows with the workers. */
export type ScalingMode = 'strong' | 'weak';

export interface ScalingOptions {
  readonly workloads: readonly Workload[];
  /** Numbers of workers; one is always among them. */
  readonly workers: readonly number[];
  readonly modes: readonly ScalingMode[];
  readonly engine: EngineChoice;
  /** Steps a round at the workload's own batch size; its own number when absent. */
  readonly steps?: number | undefined;
  readonly rounds: number;
}

export interface ScalingCurve {
  readonly mode: ScalingMode;
  readonly points: readonly ScalingPoint[];
  /** Cores that other programs kept busy. */
  readonly othersBusy: number;
  /** Whether every number of workers came to the same bits; null for batches that differ. */
  readonly sameBits: boolean | null;
}

export interface ScalingReport {
  readonly batchSize: number;
  readonly stepsPerRound: number;
  readonly rounds: number;
  readonly shards: number;
  readonly parameters: number;
  readonly engine: string;
  readonly curves: readonly ScalingCurve[];
  readonly fitted: FittedModel;
}

export type WorkloadScaling = { readonly workload: string; readonly title: string } & (
  | { readonly skipped: string }
  | ScalingReport
);

export interface ScalingBenchmark {
  readonly machine: Machine;
  readonly reports: readonly WorkloadScaling[];
}

const SHARDS = 8;

/** Times strong and weak scaling of every workload and fits the model of a step to all that was measured. */
export async function benchScaling(options: ScalingOptions, watch: Watch = () => {}): Promise<ScalingBenchmark> {
  const machine = describeMachine();
  const measured: Measured[] = [];
  for (const given of options.workloads) {
    const workload = withSteps(given, options.steps);
    const { name, title } = workload;
    const outcome = await skipUnsupported(() => measure(workload, options, machine.cores, watch));
    measured.push({ workload: name, title, ...outcome });
  }
  return { machine, reports: fitAll(measured, machine.cores) };
}

/** A workload before the model is fitted to it. */
type Measured = { readonly workload: string; readonly title: string } & (
  | { readonly skipped: string }
  | Omit<ScalingReport, 'fitted'>
);

/**
 * Fits the model to each workload. A barrier costs the same whatever is trained, so it is taken from the tiny workload
 * where that was measured, whose rows are too few to get in each other's way.
 */
function fitAll(measured: readonly Measured[], cores: number): WorkloadScaling[] {
  const tiny = measured.find(({ workload }) => workload === 'tiny');
  const alone = tiny === undefined || 'skipped' in tiny ? null : fitOne(tiny, cores, { perSharedRow: 0 });
  const known = alone === null ? {} : { perRank: alone.model.perRank };
  return measured.map((one) => {
    if ('skipped' in one) return one;
    return { ...one, fitted: one === tiny && alone !== null ? alone : fitOne(one, cores, known) };
  });
}

function fitOne(
  { curves, shards, parameters, batchSize }: Omit<ScalingReport, 'fitted'>,
  cores: number,
  known: KnownTerms,
): FittedModel {
  const timed = curves.flatMap(({ points }) => points.map(timedPoint));
  return fitStepModel(timed, { cores, shards, parameters }, batchSize, known);
}

async function measure(
  workload: Workload,
  options: ScalingOptions,
  cores: number,
  watch: Watch,
): Promise<Omit<ScalingReport, 'fitted'>> {
  const workers = [...new Set([1, ...options.workers])].sort((a, b) => a - b);
  const shards = Math.max(SHARDS, 2 ** Math.ceil(Math.log2(workers[workers.length - 1])));
  const curves: ScalingCurve[] = [];
  let about = { parameters: 0, engine: '' };
  for (const mode of options.modes) {
    const cases = workers.map((count) => caseOf(workload, mode, { workers: count, shards, engine: options.engine }));
    const measured = await measureCurve(mode, cases, options.rounds, watch);
    about = measured.about;
    const { measurements, sameBits, othersBusy } = measured;
    const points = scalingPoints(measurements, cores);
    curves.push({ mode, points, othersBusy, sameBits: mode === 'strong' ? sameBits : null });
  }
  const { batchSize, steps: stepsPerRound } = workload;
  return { batchSize, stepsPerRound, rounds: options.rounds, shards, ...about, curves };
}

function timedPoint({ workers, batchSize, time }: ScalingPoint) {
  return { workers, rows: batchSize, milliseconds: time.median };
}

interface ScalingCase {
  readonly workload: Workload;
  readonly configuration: Configuration;
}

/** A weak case has N times the rows a step, and about as many rows a round. */
export function caseOf(workload: Workload, mode: ScalingMode, configuration: Configuration): ScalingCase {
  if (mode === 'strong') return { workload, configuration };
  const { workers } = configuration;
  const batches = Math.max(1, Math.floor(workload.batches / workers));
  const larger = { ...workload, batchSize: workload.batchSize * workers, batches };
  return { workload: withSteps(larger, Math.max(1, Math.round(workload.steps / workers))), configuration };
}

async function measureCurve(mode: ScalingMode, cases: readonly ScalingCase[], rounds: number, watch: Watch) {
  const rowsOf = ({ workload }: ScalingCase): number => workload.batchSize * workload.batches;
  const largest = cases.reduce((a, b) => (rowsOf(b) > rowsOf(a) ? b : a));
  const all = syntheticData(largest.workload);
  const dataOf = (one: ScalingCase): BenchData => firstRows(all, rowsOf(one));
  const timed = await timeCases(mode, cases, dataOf, rounds, watch);
  const measurements: ScalingMeasurement[] = [];
  for (const [index, { workload, configuration }] of cases.entries()) {
    const { workers } = configuration;
    watch(`${workload.name}, ${mode}: phases of ${workers} workers`);
    const phases = await profilePhases(workload, dataOf(cases[index]), configuration);
    const results = timed.rounds[index];
    const loss = results[results.length - 1].loss;
    measurements.push({ workers, batchSize: workload.batchSize, times: stepTimes(results), loss, phases });
  }
  const sameBits = new Set(timed.fingerprints).size === 1;
  return { measurements, sameBits, othersBusy: timed.othersBusy, about: timed.about };
}

async function timeCases(
  mode: ScalingMode,
  cases: readonly ScalingCase[],
  dataOf: (one: ScalingCase) => BenchData,
  rounds: number,
  watch: Watch,
) {
  const runners: LockstepRunner[] = [];
  try {
    for (const one of cases) runners.push(await LockstepRunner.create(one.workload, dataOf(one), one.configuration));
    const interleaved = await interleave(runners, rounds, (round) =>
      watch(`${cases[0].workload.name}, ${mode}: round ${round} of ${rounds}`),
    );
    const [{ trainer }] = runners;
    const about = { parameters: trainer.describe().parameters, engine: trainer.engine };
    return { ...interleaved, about, fingerprints: runners.map((runner) => runner.trainer.fingerprint()) };
  } finally {
    for (const runner of runners) await runner.close();
  }
}
