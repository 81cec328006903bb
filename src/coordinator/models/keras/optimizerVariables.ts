import type { OptimizerKind, OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { accumulationSteps, momentNames } from '../../../shared/optimizers/updateRules.js';
import { isRecord, read } from '../kerasCalls.js';

/**
 * The variables of an optimizer of Keras, which its files hold by place alone: the count of updates, the learning rate where it is
 * a number, and then vectors (`optimizer.variables` of keras/src/optimizers).
 */
export interface VariableLayout {
  readonly hasRate: boolean;
  /**
   * Names of vectors, as `momentNames` has them. Those of one list stand by turns for each trained weight; the lists follow each
   * other.
   */
  readonly lists: readonly (readonly string[])[];
  /** Numbers behind the vectors, which follow from the count. */
  readonly numbers: number;
}

/** What each optimizer keeps, in the order of Keras 3.15.1. */
const kept: Partial<Readonly<Record<OptimizerKind, readonly (readonly string[])[]>>> = {
  sgd: [['velocity']],
  rmsprop: [['velocity'], ['momentum'], ['meanGradient']],
  adagrad: [['accumulator']],
  adadelta: [['accumulatedGradient', 'accumulatedChange']],
  adam: [['m', 'v'], ['vMax']],
  adamw: [['m', 'v'], ['vMax']],
  adamax: [['m', 'u']],
  nadam: [['m', 'v']],
  lion: [['m']],
};

/** The layout of an optimizer; undefined for one that Keras does not have. */
export function variableLayout(spec: OptimizerSpec, hasRate: boolean): VariableLayout | undefined {
  const own = kept[spec.kind];
  if (own === undefined) return undefined;
  const names = momentNames(spec);
  const lists = [
    ...(spec.useEma === true ? [['average']] : []),
    ...(accumulationSteps(spec) > 1 ? [['gradientSum']] : []),
    ...own.map((list) => list.filter((name) => names.includes(name))),
  ];
  return { hasRate, lists: lists.filter((list) => list.length > 0), numbers: spec.kind === 'nadam' ? 1 : 0 };
}

/** An optimizer as Keras serialises it, without the one that scales losses of mixed precision around it. */
export function innerOptimizer(given: unknown): unknown {
  const config = isRecord(given) ? given.config : undefined;
  const inner = isRecord(config) ? read(config, 'inner_optimizer') : undefined;
  return inner ?? given;
}

/** Whether such an optimizer keeps its learning rate as a variable: a schedule is none. */
export function keepsRate(given: unknown): boolean {
  const config = isRecord(given) ? given.config : undefined;
  return !isRecord(config) || !isRecord(read(config, 'learning_rate'));
}
