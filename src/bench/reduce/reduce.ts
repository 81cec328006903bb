import { freemem } from 'node:os';
import { chooseEngine } from '../../coordinator/compiler/engine.js';
import type { KernelEngineName } from '../../shared/protocol/messages.js';
import { interleave, type Round } from '../interleave.js';
import { describeMachine, type Machine } from '../machine.js';
import { type Summary, summarize } from '../summary.js';
import { digits } from '../table.js';
import type { Watch } from '../workloads.js';
import { bytesNeeded, copyElements, planReduce, type ReducePlan } from './plan.js';
import { ReduceTeam } from './team.js';

export interface ReduceOptions {
  /** Bytes of parameters. */
  readonly sizes: readonly number[];
  readonly ranks: readonly number[];
  readonly engine: 'auto' | KernelEngineName;
  readonly rounds: number;
}

/** How fast one number of ranks reduces and updates one vector. */
export interface ReduceFigures {
  readonly ranks: number;
  /** Bytes of parameters. */
  readonly size: number;
  /** Microseconds of one reduce with Adam and its barrier. */
  readonly time: Summary;
  /** GB/s of all vectors read and written, round by round. */
  readonly bandwidth: Summary;
  /** GB/s of as many threads that copy as much memory, read and written counted alike. */
  readonly copyBandwidth: Summary;
  /** Bandwidth over that of the copy beside it, round by round. */
  readonly ofCopy: Summary;
}

export interface ReduceBenchmark {
  readonly machine: Machine;
  readonly engine: string;
  readonly rounds: number;
  readonly figures: readonly ReduceFigures[];
  readonly skipped: readonly { readonly size: number; readonly reason: string }[];
  /** Cores that other programs kept busy, at most. */
  readonly othersBusy: number;
}

/** A size runs when it needs less than this share of the memory that is free. */
const SHARE_OF_FREE = 0.8;

/**
 * Measures reduce and Adam over vectors of each size on each number of ranks, beside copies of as much memory. `free`
 * tells the bytes of memory that may be used.
 */
export async function benchReduce(
  { sizes, ranks, engine, rounds }: ReduceOptions,
  watch: Watch = () => {},
  free: () => number = freemem,
): Promise<ReduceBenchmark> {
  const machine = describeMachine();
  const { name } = chooseEngine(engine);
  const figures: ReduceFigures[] = [];
  const skipped: { size: number; reason: string }[] = [];
  let othersBusy = 0;
  for (const size of sizes) {
    const reason = lackOfMemory(bytesNeeded(size, ranks), free());
    if (reason !== null) {
      skipped.push({ size, reason });
      continue;
    }
    watch(`reduce: ${renderSize(size)}`);
    const measured = await measureSize(size, ranks, name, rounds, machine.cores);
    figures.push(...measured.figures);
    othersBusy = Math.max(othersBusy, measured.othersBusy);
  }
  return { machine, engine: name, rounds, figures, skipped, othersBusy };
}

/** Why a size does not run; null when it does. */
export function lackOfMemory(needed: number, free: number): string | null {
  if (needed <= SHARE_OF_FREE * free) return null;
  return `its vectors and copies need ${renderSize(needed)}, and ${renderSize(free)} of memory are free`;
}

async function measureSize(
  size: number,
  ranks: readonly number[],
  engine: KernelEngineName,
  rounds: number,
  cores: number,
): Promise<{ figures: ReduceFigures[]; othersBusy: number }> {
  const teams: ReduceTeam[] = [];
  try {
    for (const count of ranks) teams.push(await ReduceTeam.start(planReduce(size, count), engine, cores));
    const runners = teams.flatMap((team) => [team.runner('reduce'), team.runner('copy')]);
    const { rounds: results, othersBusy } = await interleave(runners, rounds);
    const figures = teams.map(({ plan }, i) => reduceFigures(plan, results[2 * i], results[2 * i + 1]));
    return { figures, othersBusy };
  } finally {
    await Promise.all(teams.map((team) => team.close()));
  }
}

/** The figures of a team from its rounds, of which the first one warms up. */
export function reduceFigures(plan: ReducePlan, reduces: readonly Round[], copies: readonly Round[]): ReduceFigures {
  const copied = 8 * copyElements(plan) * plan.ranks;
  const rates = reduces.slice(1).map(({ seconds, steps }) => (plan.bytes * steps) / seconds / 1e9);
  const copyRates = copies.slice(1).map(({ seconds, steps }) => (copied * steps) / seconds / 1e9);
  return {
    ranks: plan.ranks,
    size: plan.elements * 4,
    time: summarize(reduces.slice(1).map(({ seconds, steps }) => (seconds / steps) * 1e6)),
    bandwidth: summarize(rates),
    copyBandwidth: summarize(copyRates),
    ofCopy: summarize(rates.map((rate, round) => rate / copyRates[round])),
  };
}

/** `1 KB`, `262 MB`, `3.2 GB`, in powers of a thousand. */
export function renderSize(bytes: number): string {
  const [unit, divisor] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['KB', 1e3];
  return `${digits(bytes / divisor)} ${unit}`;
}
