import type { UpdateCall } from '../shared/kernels/updateCall.js';
import type { OptimizerSpec } from '../shared/optimizers/optimizers.js';
import { momentIndex, ruleOf, type UpdateRule, updatesWhole } from '../shared/optimizers/updateRules.js';
import { type Block, blocksOf, type Slice, slicesOf } from '../shared/partition/slices.js';
import type { Parameter } from '../shared/program/parameter.js';
import type { PlacedProgram } from '../shared/program/program.js';
import type { Attach } from '../shared/protocol/messages.js';
import { planWeightRules, type WeightRulesPlan } from './weightRules.js';

/** What a rank needs to turn gradients into weights, planned once: places are float32 offsets in the arena. */
export interface UpdatePlan {
  readonly spec: OptimizerSpec;
  readonly rule: UpdateRule;
  readonly slice: Slice;
  /** The slice, cut where neighbouring elements are updated differently. */
  readonly parts: readonly Part[];
  readonly parameters: number;
  /** −1 where gradients are not accumulated. */
  readonly gradientSum: number;
  /** −1 where weights are not averaged. */
  readonly average: number;
  /** The blocks of all parameters. */
  readonly blocks: readonly Block[];
  /** Which of them, [first, end), are in the slice. */
  readonly ownBlocks: readonly [number, number];
  /** The same for each parameter. */
  readonly blocksOf: readonly (readonly [number, number])[];
  readonly rules: WeightRulesPlan;
  /** The weights that steps move by themselves: moving averages. */
  readonly moving: readonly Slice[];
}

export interface Part {
  /** Position of its parameter in the program; −1 where parts are not cut at parameters. */
  readonly parameter: number;
  readonly decays: boolean;
  /** What the scalars of an update have behind those that all weights share. */
  readonly shapeScalars: readonly number[];
  /** The update of its elements, kept from step to step. */
  readonly call: UpdateCall;
}

export function planUpdate(rank: number, attach: Attach): UpdatePlan {
  const { layout, division, program, optimizer } = attach;
  const { parameters, parameterLength } = program;
  const moments = layout.regions.moments.byteOffset / 4;
  const place = (index: number): number => (index < 0 ? -1 : moments + index * parameterLength);
  const rule = ruleOf(optimizer);
  const { clipvalue: clip = Number.POSITIVE_INFINITY } = optimizer;
  const slice = slicesOf(program, optimizer, division.workers)[rank];
  const blocks = blocksOf(parameters);
  const places = {
    parameters: layout.regions.parameters.byteOffset / 4,
    vectors: rule.vectors(optimizer).map((name) => place(momentIndex(optimizer, name))),
  };
  return {
    spec: optimizer,
    rule,
    slice,
    parts: rangesOf(slice, parameters, optimizer).map(({ parameter, decays, from, to }) => ({
      parameter,
      decays,
      shapeScalars: parameter < 0 ? [] : (rule.shapeScalars?.(parameters[parameter].shape) ?? []),
      call: { ...places, from, to, gradient: -1, gradientScale: 1, clip, weightLoss: 0, scalars: [] },
    })),
    parameters: places.parameters,
    gradientSum: place(momentIndex(optimizer, 'gradientSum')),
    average: place(momentIndex(optimizer, 'average')),
    blocks,
    ownBlocks: blocksFrom(blocks, slice),
    blocksOf: parameters.map(({ offset, size }) => blocksFrom(blocks, { from: offset, to: offset + size })),
    rules: planWeightRules(rank, slice, attach),
    moving: movingWeights(program),
  };
}

/** Where the weights lie that the stage `averages` writes. */
function movingWeights({ stages, network }: PlacedProgram): Slice[] {
  const kernels = stages.averages.flat().flatMap(({ kernel, args }) => {
    if (kernel !== 'batchNormAverages') return [];
    return [args.mean, args.variance].map((from) => ({ from, to: from + args.channels }));
  });
  const models = (network?.moving ?? []).map(({ parameter: { offset, size } }) => ({
    from: offset,
    to: offset + size,
  }));
  return [...kernels, ...models];
}

/** Which blocks, [first, end), begin in a range. */
function blocksFrom(blocks: readonly Block[], { from, to }: Slice): [number, number] {
  const before = (element: number): number => blocks.filter((block) => block.from < element).length;
  return [before(from), before(to)];
}

function rangesOf(
  slice: Slice,
  parameters: readonly Parameter[],
  optimizer: OptimizerSpec,
): (Slice & Omit<Part, 'call' | 'shapeScalars'>)[] {
  const { weightDecay = 0, excludeFromWeightDecay = [], clipnorm } = optimizer;
  const isPlain = clipnorm === undefined && !updatesWhole(optimizer);
  if (isPlain && (weightDecay === 0 || excludeFromWeightDecay.length === 0)) {
    return [{ ...slice, parameter: -1, decays: weightDecay > 0 }];
  }
  const excluded = excludeFromWeightDecay.map((pattern) => new RegExp(pattern));
  const parts = parameters.map(({ name, offset, size }, parameter) => ({
    parameter,
    from: Math.max(offset, slice.from),
    to: Math.min(offset + size, slice.to),
    decays: weightDecay > 0 && !excluded.some((pattern) => pattern.test(name)),
  }));
  return parts.filter(({ from, to }) => from < to);
}
