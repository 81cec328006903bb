import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PartOfPeak } from '../../coordinator/compiler/peakMemory.js';
import type { EngineChoice } from '../../coordinator/options/trainerOptions.js';
import { userError } from '../../shared/errors.js';
import { describeMachine, type Machine } from '../machine.js';
import { type Watch, type Workload, type WorkloadName, workloads } from '../workloads.js';

/** A model whose memory is measured. */
export interface MemoryCase {
  readonly name: WorkloadName;
  readonly batchSize: number;
  readonly workers: number;
  readonly engine: EngineChoice;
}

/** What the measured process says; bytes. */
export interface MemoryAnswer {
  /** The most that was resident at once. */
  readonly peak: number;
  readonly data: number;
  readonly parameters: number;
  /** By the formula of `inspect`, without the data. */
  readonly predicted: number;
  readonly parts: readonly PartOfPeak[];
}

export interface MemoryRow extends MemoryCase, MemoryAnswer {
  /** (predicted + data) / peak − 1. */
  readonly error: number;
}

export interface MemoryBenchmark {
  readonly machine: Machine;
  readonly rows: readonly MemoryRow[];
  readonly worstError: number;
}

/** Models by parameters, ranks and batch. */
export const memoryCases: readonly Omit<MemoryCase, 'engine'>[] = [
  { name: 'tiny', batchSize: 64, workers: 1 },
  { name: 'tiny', batchSize: 64, workers: 8 },
  { name: 'mlp', batchSize: 256, workers: 1 },
  { name: 'mlp', batchSize: 4096, workers: 2 },
  { name: 'cnn', batchSize: 64, workers: 2 },
  { name: 'cnn', batchSize: 1024, workers: 4 },
  { name: 'lstm', batchSize: 256, workers: 2 },
  { name: 'wide', batchSize: 32, workers: 1 },
  { name: 'wide', batchSize: 32, workers: 4 },
];

/** Trains every model in a process of its own and compares its peak of memory with what `inspect` says of it. */
export async function benchMemory(
  cases: readonly MemoryCase[],
  watch: Watch = () => {},
  measure: (one: MemoryCase) => Promise<MemoryAnswer> = measureInChild,
): Promise<MemoryBenchmark> {
  const rows: MemoryRow[] = [];
  for (const one of cases) {
    watch(`memory: ${one.name}, batch ${one.batchSize}, ${one.workers} workers`);
    const answer = await measure(one);
    rows.push({ ...one, ...answer, error: (answer.predicted + answer.data) / answer.peak - 1 });
  }
  return { machine: describeMachine(), rows, worstError: Math.max(...rows.map(({ error }) => Math.abs(error))) };
}

/** Elements that are read before the young generation of the heap has its full size, as it has in any longer run. */
const ELEMENTS = 500_000;

async function measureInChild(one: MemoryCase): Promise<MemoryAnswer> {
  if (!existsSync('/proc/self/status')) {
    throw userError('NO_PROC', 'Peaks of memory are read from /proc, which this system does not have; use Linux.');
  }
  const found = workloads.find(({ name }) => name === one.name) as Workload;
  const rowSize = (found.layers[0].inputShape as readonly number[]).reduce((a, b) => a * b, 1);
  const steps = Math.max(1, Math.ceil(ELEMENTS / rowSize / one.batchSize));
  const workload = { ...found, batchSize: one.batchSize, batches: steps, steps };
  const child = fileURLToPath(new URL('./child.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify({ ...one, workload })]);
  return JSON.parse(stdout) as MemoryAnswer;
}
