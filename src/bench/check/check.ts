import { availableParallelism } from 'node:os';
import { syntheticData } from '../data.js';
import { interleave, type Round, type Runner, stepTimes } from '../interleave.js';
import { LockstepRunner } from '../lockstepRunner.js';
import { summarize } from '../summary.js';
import { type Watch, type Workload, withSteps } from '../workloads.js';

/** What is stored of one line: times of a step over the time of the reference loop, both of the same process. */
export interface Baseline {
  /** Share by which a ratio may exceed the stored one. */
  readonly tolerance: number;
  readonly processor: string;
  readonly ratios: Readonly<Record<string, number>>;
}

/** One line of a check. */
export interface CheckedLine {
  readonly name: string;
  /** Time of a step over that of the reference loop in the same round, median over the rounds. */
  readonly ratio: number;
  /** null for a line that is new. */
  readonly stored: number | null;
  readonly regressed: boolean;
}

export interface CheckOptions {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly steps?: number | undefined;
}

const SHARDS = 8;

/** Steps over reference loops, by line: every workload on one worker and on one a core. */
export async function measureRatios(options: CheckOptions, watch: Watch = () => {}): Promise<Record<string, number>> {
  const ratios: Record<string, number> = {};
  for (const given of options.workloads) {
    watch(`check: ${given.name}`);
    Object.assign(ratios, await ratiosOf(withSteps(given, options.steps), options.rounds));
  }
  return ratios;
}

async function ratiosOf(workload: Workload, rounds: number): Promise<Record<string, number>> {
  const data = syntheticData(workload);
  const counts = [...new Set([1, Math.min(availableParallelism(), SHARDS)])];
  const runners: LockstepRunner[] = [];
  try {
    for (const workers of counts)
      runners.push(await LockstepRunner.create(workload, data, { workers, shards: SHARDS, engine: 'auto' }));
    const { rounds: results } = await interleave([new ReferenceLoop(), ...runners], rounds);
    const [reference, ...steps] = results.map(stepTimes);
    return Object.fromEntries(
      counts.map((workers, i) => [`${workload.name}, workers ${workers}`, medianRatio(steps[i], reference)]),
    );
  } finally {
    for (const runner of runners) await runner.close();
  }
}

/** The median over the rounds of one time over the other: what slows a round of both leaves it alone. */
export function medianRatio(times: readonly number[], references: readonly number[]): number {
  return summarize(times.map((time, round) => time / references[round])).median;
}

/** Holds measured ratios against those stored; a line regressed when it is slower by more than the tolerance. */
export function compareRatios(ratios: Readonly<Record<string, number>>, baseline: Baseline): CheckedLine[] {
  return Object.entries(ratios).map(([name, ratio]) => {
    const stored = baseline.ratios[name] ?? null;
    return { name, ratio, stored, regressed: stored !== null && ratio > stored * (1 + baseline.tolerance) };
  });
}

const SIZE = 96;

/** A matrix product in plain JavaScript: arithmetic and cache, on one core, never changed by work on Lockstep. */
class ReferenceLoop implements Runner {
  readonly name = 'reference loop';
  readonly #a = new Float32Array(SIZE * SIZE).fill(0.5);
  readonly #b = new Float32Array(SIZE * SIZE).fill(0.25);
  readonly #c = new Float32Array(SIZE * SIZE);

  async round(): Promise<Round> {
    const steps = 20;
    const began = performance.now();
    for (let i = 0; i < steps; i++) this.#multiply();
    return { seconds: (performance.now() - began) / 1000, steps, loss: 0 };
  }

  async close(): Promise<void> {}

  #multiply(): void {
    const [a, b, c] = [this.#a, this.#b, this.#c];
    c.fill(0);
    for (let i = 0; i < SIZE; i++)
      for (let k = 0; k < SIZE; k++) {
        const scale = a[i * SIZE + k];
        for (let j = 0; j < SIZE; j++) c[i * SIZE + j] += scale * b[k * SIZE + j];
      }
  }
}
