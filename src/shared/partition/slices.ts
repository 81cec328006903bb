import type { OptimizerSpec } from '../optimizers/optimizers.js';
import { updatesWhole } from '../optimizers/updateRules.js';
import type { Parameter } from '../program/parameter.js';
import type { Program } from '../program/program.js';
import { sliceStart } from './shardPlan.js';

/** Elements [from, to) of the flat parameter vector that one rank reduces and updates. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** A fixed piece of one parameter: what sums over parameters are made of, whatever the number of ranks. */
export interface Block extends Slice {
  /** Position of its parameter in the program. */
  readonly parameter: number;
}

const BLOCK = 4096;

/** The blocks of all parameters, in the order of the flat vector. */
export function blocksOf(parameters: readonly Parameter[]): Block[] {
  return parameters.flatMap(({ offset, size }, parameter) =>
    Array.from({ length: Math.ceil(size / BLOCK) }, (_, i) => {
      const from = offset + i * BLOCK;
      return { parameter, from, to: Math.min(from + BLOCK, offset + size) };
    }),
  );
}

/** Whether updates wait for the length of the gradient. */
export function clipsByNorm({ clipnorm, globalClipnorm }: OptimizerSpec): boolean {
  return clipnorm !== undefined || globalClipnorm !== undefined;
}

/**
 * The slice of each rank: equal parts on cache lines, but no block is cut where a sum over it is wanted, and no weight
 * whose norms are constrained or which is updated as a whole.
 */
export function slicesOf(
  { parameters, parameterLength }: Pick<Program, 'parameters' | 'parameterLength'>,
  optimizer: OptimizerSpec,
  workers: number,
): Slice[] {
  const cuts = clipsByNorm(optimizer) ? blocksOf(parameters).map(({ from }) => from) : null;
  const whole = updatesWhole(optimizer)
    ? parameters
    : parameters.filter(({ constraint }) => constraint?.kind === 'norm');
  const start = (rank: number): number => {
    const equal = sliceStart(rank, workers, parameterLength);
    const cut = cuts === null ? equal : (cuts.find((from) => from >= equal) ?? parameterLength);
    const inside = whole.find(({ offset, size }) => offset < cut && cut < offset + size);
    return inside === undefined ? cut : Math.ceil((inside.offset + inside.size) / 16) * 16;
  };
  return Array.from({ length: workers }, (_, rank) => ({ from: start(rank), to: start(rank + 1) }));
}
