import { renderConvergence } from '../convergence/render.js';
import { renderKernels } from '../kernels/render.js';
import { renderMemory } from '../memory/render.js';
import { renderPeers } from '../peers/render.js';
import { renderReduce } from '../reduce/render.js';
import { renderStep } from '../renderStep.js';
import { renderScaling } from '../scaling/render.js';
import { renderSweep } from '../sweep/render.js';

/** The measured part of a benchmark's JSON, which its own renderer reads. */
export interface Benchmarks {
  readonly kernels: Parameters<typeof renderKernels>[0];
  readonly step: Parameters<typeof renderStep>[0];
  readonly peers: Parameters<typeof renderPeers>[0];
  readonly scaling: Parameters<typeof renderScaling>[0];
  readonly reduce: Parameters<typeof renderReduce>[0];
  readonly sweep: Parameters<typeof renderSweep>[0];
  readonly memory: Parameters<typeof renderMemory>[0];
  readonly convergence: Parameters<typeof renderConvergence>[0];
}

export type BenchmarkName = keyof Benchmarks;

/** How one benchmark is run for the page of figures, and how its report becomes text. */
export interface BenchmarkRun<K extends BenchmarkName> {
  /** Options beside the defaults. */
  readonly options: readonly string[];
  readonly render: (report: Benchmarks[K]) => string;
}

/** Every benchmark of the page, in the order in which they run: what a crowded machine hurts most comes first. */
export const benchmarkRuns: { readonly [K in BenchmarkName]: BenchmarkRun<K> } = {
  kernels: { options: [], render: renderKernels },
  step: { options: ['--workers', '1,2', '--shards', '8,workers', '--rounds', '15'], render: renderStep },
  peers: { options: ['--rounds', '5'], render: renderPeers },
  scaling: { options: ['--rounds', '5'], render: renderScaling },
  reduce: { options: [], render: renderReduce },
  sweep: { options: [], render: renderSweep },
  memory: { options: [], render: renderMemory },
  convergence: { options: [], render: renderConvergence },
};

export const benchmarkNames = Object.keys(benchmarkRuns) as readonly BenchmarkName[];

/** One benchmark's outcome, as `bench all` writes it. */
export interface Result<K extends BenchmarkName> {
  /** What repeats it. */
  readonly command: string;
  /** ISO 8601, when it began. */
  readonly began: string;
  readonly report: Benchmarks[K];
}

/** What `bench all` writes: the results there are, by name. */
export type Results = { readonly [K in BenchmarkName]?: Result<K> };
