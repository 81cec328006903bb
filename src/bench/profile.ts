import { type BenchData, firstRows } from './data.js';
import { type Configuration, LockstepRunner } from './lockstepRunner.js';
import { type Workload, withSteps } from './workloads.js';

/** The phases of a training step, in order. */
export const stepPhases = ['gather', 'forward', 'backward', 'wait', 'reduce', 'update'] as const;

/** Milliseconds a step by phase. */
export type PhaseProfile = Readonly<Record<(typeof stepPhases)[number], number>>;

/** One epoch is enough to see where the time goes. */
const MOST_STEPS = 200;

/** Where each rank spends a step, from a run of its own: reading the clocks would disturb the timed one. */
export async function profilePhases(
  workload: Workload,
  data: BenchData,
  configuration: Configuration,
): Promise<PhaseProfile[]> {
  const short = withSteps(workload, Math.min(workload.steps, MOST_STEPS));
  const rows = short.batchSize * short.batches;
  const runner = await LockstepRunner.create(short, firstRows(data, rows), { ...configuration, profile: true });
  try {
    await runner.round();
    const before = runner.trainer.phaseTimes();
    const { steps } = await runner.round();
    return runner.trainer.phaseTimes().map((after, rank) => perStep(before[rank], after, steps));
  } finally {
    await runner.close();
  }
}

function perStep(before: Record<string, number>, after: Record<string, number>, steps: number): PhaseProfile {
  const entries = stepPhases.map((phase) => [phase, (after[phase] - before[phase]) / steps]);
  return Object.fromEntries(entries) as PhaseProfile;
}
