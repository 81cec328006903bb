import { type PhaseProfile, stepPhases } from '../profile.js';
import { type Summary, summarize } from '../summary.js';

/** Where one rank spends a step. */
export interface RankFigures {
  readonly phases: PhaseProfile;
  /** Share of the step spent at barriers. */
  readonly waiting: number;
}

/** How one number of workers does. */
export interface ScalingPoint {
  readonly workers: number;
  /** Rows of the global batch. */
  readonly batchSize: number;
  /** Milliseconds a step. */
  readonly time: Summary;
  /** Samples per second over those of one worker, round by round. */
  readonly speedup: Summary;
  /** Speed-up over the number of cores in use. */
  readonly efficiency: number;
  /** Mean loss over the last epoch. */
  readonly loss: number;
  readonly ranks: readonly RankFigures[];
  /** How much longer the busiest rank computes than the ranks do on average: 0 when all have the same to do. */
  readonly imbalance: number;
}

/** What was measured of one number of workers. */
export interface ScalingMeasurement {
  readonly workers: number;
  readonly batchSize: number;
  /** Milliseconds a step, round by round; the rounds of all numbers of workers stand beside each other. */
  readonly times: readonly number[];
  readonly loss: number;
  readonly phases: readonly PhaseProfile[];
}

/** The figures of a curve, whose first measurement is that of one worker. */
export function scalingPoints(measurements: readonly ScalingMeasurement[], cores: number): ScalingPoint[] {
  const [one] = measurements;
  return measurements.map(({ workers, batchSize, times, loss, phases }) => {
    const speedup = summarize(times.map((time, round) => batchSize / time / (one.batchSize / one.times[round])));
    return {
      workers,
      batchSize,
      time: summarize(times),
      speedup,
      efficiency: speedup.median / Math.min(workers, cores),
      loss,
      ranks: phases.map((profile) => ({ phases: profile, waiting: profile.wait / (total(profile) || 1) })),
      imbalance: imbalanceOf(phases),
    };
  });
}

function imbalanceOf(phases: readonly PhaseProfile[]): number {
  const computing = phases.map((profile) => total(profile) - profile.wait);
  const mean = computing.reduce((a, b) => a + b, 0) / computing.length;
  return mean > 0 ? Math.max(...computing) / mean - 1 : 0;
}

function total(profile: PhaseProfile): number {
  return stepPhases.reduce((sum, phase) => sum + profile[phase], 0);
}
