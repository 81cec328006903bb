import { type KernelCall, kernelTable } from '../../../shared/kernels/table.js';
import { type ArenaLayout, aligned, placeRegions } from '../../../shared/memory/arena.js';
import { CONTROL_WORDS, phases, STATUS_WORDS } from '../../../shared/memory/control.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { momentNames } from '../../../shared/optimizers/updateRules.js';
import { type Division, slabCount } from '../../../shared/partition/shardPlan.js';
import { blocksOf } from '../../../shared/partition/slices.js';
import type { PlacedProgram, Program, Segments, StageName } from '../../../shared/program/program.js';
import { placeBuffers } from './buffers.js';

/** An arena's layout and the program placed in it. */
export interface Placement {
  readonly layout: ArenaLayout;
  readonly program: PlacedProgram;
}

/** Sizes the arena for batches of up to `batchCapacity` rows and gives every buffer of the program its place. */
export function place(
  program: Program,
  optimizer: OptimizerSpec,
  division: Division,
  batchCapacity: number,
): Placement {
  const buffers = placeBuffers(program, batchCapacity);
  const trainedBytes = program.parameterLength * 4;
  const layout = placeRegions({
    control: CONTROL_WORDS * 4,
    status: division.workers * STATUS_WORDS * 4,
    scalars: 8,
    sums: division.shards * program.sumCount * 8,
    totals: 2 * program.totalCount * 8,
    clocks: division.workers * aligned(phases.length * 8),
    parameters: program.vectorLength * 4,
    blockSums: 2 * aligned(blocksOf(program.parameters).length * 8),
    moments: momentNames(optimizer).length * trainedBytes,
    slabs: slabCount(division) * program.slabLength * 4,
    rows: buffers.length * 4,
  });
  const offsets = buffers.offsets.map((offset) => layout.regions.rows.byteOffset / 4 + offset);
  return { layout, program: { ...program, offsets, stages: placeStages(program, offsets) } };
}

function placeStages(program: Program, offsets: readonly number[]): Program['stages'] {
  const stage = (name: StageName): Segments =>
    program.stages[name].map((segment) => segment.map((call) => placeCall(call, offsets)));
  return {
    forward: stage('forward'),
    weightedForward: stage('weightedForward'),
    backward: stage('backward'),
    evaluation: stage('evaluation'),
    weightedEvaluation: stage('weightedEvaluation'),
    prediction: stage('prediction'),
    averages: stage('averages'),
  };
}

/** Replaces the buffer numbers of a call by arena offsets. */
function placeCall(call: KernelCall, offsets: readonly number[]): KernelCall {
  const kinds: Readonly<Record<string, string>> = kernelTable[call.kernel].arguments;
  const args = Object.fromEntries(
    Object.entries(call.args).map(([name, value]) => [
      name,
      kinds[name].startsWith('rows') && value >= 0 ? offsets[value] : value,
    ]),
  );
  return { ...call, args } as KernelCall;
}
