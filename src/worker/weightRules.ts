import type { Arena } from '../shared/memory/arena.js';
import { blocksOf, type Slice } from '../shared/partition/slices.js';
import { shardStart } from '../shared/partition/tree.js';
import type { Parameter, WeightConstraint, WeightPenalty } from '../shared/program/parameter.js';
import type { Attach } from '../shared/protocol/messages.js';
import type { Engine } from './engines/engine.js';

/** Keras's epsilon, which keeps the scale of a vector of zeros finite. */
const EPSILON = 1e-7;

/** What a rank does about regularizers and constraints: elements are those of the flat vector. */
export interface WeightRulesPlan {
  /** Regularized elements of the rank's slice. */
  readonly penalized: readonly (Slice & WeightPenalty)[];
  /** Elements of the slice whose gradient nothing writes, as no loss depends on them. */
  readonly unreached: readonly Slice[];
  /** Blocks of regularized weights of which the rank sums the penalty, from number `firstBlock` of `blockCount`. */
  readonly blocks: readonly (Slice & WeightPenalty)[];
  readonly firstBlock: number;
  readonly blockCount: number;
  /** Constrained elements of the slice; a weight whose norms are constrained is in one slice as a whole. */
  readonly constrained: readonly (Slice & { readonly constraint: WeightConstraint })[];
}

/** What a rank has of it: its views of the arena, its engine and the plan. */
interface RulingRank {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly f32: Float32Array;
  readonly update: { readonly parameters: number; readonly rules: WeightRulesPlan };
}

export function planWeightRules(
  rank: number,
  slice: Slice,
  { division: { workers }, program: { parameters } }: Attach,
): WeightRulesPlan {
  const penalized = parameters.filter(({ penalty }) => penalty !== undefined);
  const blocks = blocksOf(penalized).map(({ parameter, from, to }) => ({
    ...(penalized[parameter].penalty as WeightPenalty),
    from,
    to,
  }));
  const firstBlock = shardStart(blocks.length, workers, rank);
  return {
    penalized: within(slice, penalized, ({ penalty }) => penalty as WeightPenalty),
    unreached: within(
      slice,
      parameters.filter(({ unreached }) => unreached),
      () => ({}),
    ),
    blocks: blocks.slice(firstBlock, shardStart(blocks.length, workers, rank + 1)),
    firstBlock,
    blockCount: blocks.length,
    constrained: within(
      slice,
      parameters.filter(({ constraint }) => constraint !== undefined),
      ({ constraint }) => ({ constraint: constraint as WeightConstraint }),
    ),
  };
}

/** The parts of some parameters that lie in the slice, each with what `rule` says. */
function within<T>(slice: Slice, parameters: readonly Parameter[], rule: (of: Parameter) => T): (Slice & T)[] {
  const parts = parameters.map((parameter) => ({
    ...rule(parameter),
    from: Math.max(parameter.offset, slice.from),
    to: Math.min(parameter.offset + parameter.size, slice.to),
  }));
  return parts.filter(({ from, to }) => from < to);
}

/** Sums the penalties of the rank's blocks; the next barrier shows them to all. Weights do not change before it. */
export function sumPenalties({ engine, arena, update: { parameters, rules } }: RulingRank): void {
  const sums = arena.blockSums.penalties;
  rules.blocks.forEach(({ from, to, l1, l2 }, i) => {
    const sum = (term: 'absolutes' | 'squares'): number => engine.sumOf(term, parameters + from, to - from);
    sums[rules.firstBlock + i] = (l1 > 0 ? l1 * sum('absolutes') : 0) + (l2 > 0 ? l2 * sum('squares') : 0);
  });
}

/** The penalty of all weights, its blocks added in one order. */
export function totalPenalty({ arena, update: { rules } }: RulingRank): number {
  let total = 0;
  for (let i = 0; i < rules.blockCount; i++) total += arena.blockSums.penalties[i];
  return total;
}

const untreated = { vectors: [], gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0 };

/** Where nothing has written a gradient, what was added to it in the step before still stands. */
export function clearUnreached({ f32, update: { rules } }: RulingRank, gradient: number): void {
  for (const { from, to } of rules.unreached) f32.fill(0, gradient + from, gradient + to);
}

/** Adds the gradients of the penalties to the gradient of the slice. */
export function addPenaltyGradients({ engine, update: { parameters, rules } }: RulingRank, gradient: number): void {
  for (const { from, to, l1, l2 } of rules.penalized) {
    engine.update('penaltyGradient', { ...untreated, parameters, gradient, from, to, scalars: [l1, l2] });
  }
}

/** Moves the slice's constrained weights to where they must lie. */
export function constrainWeights({ engine, update: { parameters, rules } }: RulingRank): void {
  for (const { from, to, constraint } of rules.constrained) {
    const call = { ...untreated, parameters, gradient: parameters, from, to };
    if (constraint.kind === 'nonNegative') {
      engine.update('nonNegative', { ...call, scalars: [] });
    } else {
      const { reduced, inner, min, max, rate } = constraint;
      engine.update('boundedNorm', { ...call, scalars: [reduced, inner, min, max, rate, EPSILON] });
    }
  }
}
