import { type Round, stepTimes } from '../interleave.js';
import { type Summary, summarize } from '../summary.js';

/** Who ran, and how. */
export interface Identity {
  readonly library: string;
  readonly setting: string;
  readonly threads: number;
}

export interface Contestant extends Identity {
  /** Milliseconds a step. */
  readonly time: Summary;
  /** Mean loss over the last pass of the first round, and of the last round. */
  readonly firstLoss: number;
  readonly finalLoss: number;
  /** Whether both losses are Lockstep's, within tolerance: a contestant that computes less shows here. */
  readonly agrees: boolean;
  /** Median time over that of Lockstep's fastest configuration. */
  readonly ratio: number;
  /** Cores kept busy while others were timed; null for Lockstep and where the system does not tell. */
  readonly idleShare: number | null;
}

/** A contestant before its figures. */
export type Described = Identity & Pick<Contestant, 'idleShare'>;

/** The figures of all, the first `ours` of whom are Lockstep's. */
export function compare(
  described: readonly Described[],
  results: readonly (readonly Round[])[],
  ours: number,
): Contestant[] {
  const times = results.map((rounds) => summarize(stepTimes(rounds)));
  const best = Math.min(...times.slice(0, ours).map(({ median }) => median));
  const losses = results.map((rounds) => ({ firstLoss: rounds[0].loss, finalLoss: rounds[rounds.length - 1].loss }));
  return described.map((identity, index) => ({
    ...identity,
    time: times[index],
    ...losses[index],
    agrees: agree(losses[index], losses[0]),
    ratio: times[index].median / best,
  }));
}

type Losses = Pick<Contestant, 'firstLoss' | 'finalLoss'>;

/** Rounding alone drives the final losses apart, some per cent after some hundred steps; the first ones hardly. */
const TOLERANCE = { firstLoss: 0.01, finalLoss: 0.05 } as const;

function agree(losses: Losses, reference: Losses): boolean {
  const names = ['firstLoss', 'finalLoss'] as const;
  return names.every((name) => Math.abs(losses[name] - reference[name]) <= TOLERANCE[name] * reference[name]);
}
