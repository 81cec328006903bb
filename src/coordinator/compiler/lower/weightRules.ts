import { userError } from '../../../shared/errors.js';
import type { WeightConstraint, WeightPenalty, WeightRules } from '../../../shared/program/parameter.js';
import { camelCase, camelCaseKeys } from '../../options/casing.js';
import { type LayerDescription, sizeOf, type WeightDescription } from './description.js';

/** A regularizer or a constraint as a layer's arguments hold it. */
interface Serialized {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const isRule = (key: string): boolean => /(regularizer|constraint)$/i.test(key);

/**
 * What a layer's `kernelRegularizer`, `biasConstraint` and the like ask of one of its weights; those of a wrapped layer
 * hold for the weights of its wrapper.
 */
export function weightRules(layer: LayerDescription, weight: WeightDescription): WeightRules {
  const levels = levelsOf(layer.config);
  requireHeeded(layer, levels);
  const argument = argumentOf(weight);
  const config = levels[levels.length - 1];
  const penalty = readPenalty(layer, config[`${argument}Regularizer`]);
  const constraint = serialized(config[`${argument}Constraint`]);
  return {
    ...(penalty !== null && { penalty }),
    ...(constraint !== null && { constraint: constraintOf(layer, weight, constraint) }),
  };
}

type Config = LayerDescription['config'];

/** The arguments of a layer, then those of the layer that it wraps, and so on; the last one has the weights. */
function levelsOf(config: Config): Config[] {
  const wrapped = config.layer as { readonly config: Config } | undefined;
  return [config, ...(wrapped === undefined ? [] : levelsOf(wrapped.config))];
}

/**
 * How arguments about a weight begin: `dense/kernel` → kernel, `lstm/recurrent_kernel` → recurrent, and of the projections of
 * an attention, which share theirs, `attention/query_kernel` → kernel.
 */
function argumentOf({ name }: WeightDescription): string {
  const own = name.slice(name.lastIndexOf('/') + 1);
  return camelCase(own.replace(/^(query|key|value|output)_(?=(kernel|bias)$)/, '').replace(/_kernel$/, ''));
}

/** What says of a weight that the layer does without it; rules of such a weight are passed over, as in Keras. */
const presence: Readonly<Record<string, string>> = { bias: 'useBias', beta: 'center', gamma: 'scale' };

/** Refuses what nothing would heed; an activityRegularizer is heeded by activity.ts, but not within a wrapper. */
function requireHeeded({ name, weights }: LayerDescription, levels: readonly Config[]): void {
  const known = new Set(weights.map(argumentOf));
  levels.forEach((config, level) => {
    const isHeeded = (key: string): boolean => {
      if (level === 0 && key === 'activityRegularizer') return true;
      const weight = key.replace(/(Regularizer|Constraint)$/, '');
      return level === levels.length - 1 && (known.has(weight) || config[presence[weight]] === false);
    };
    const lost = Object.keys(config).find((key) => isRule(key) && (config[key] ?? null) !== null && !isHeeded(key));
    if (lost === undefined) return;
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${name} has ${level > 0 ? 'within it ' : ''}${lost}, which does not lower to kernels; leave it out (its weights are ${[...known].join(', ')}).`,
    );
  });
}

/** A regularizer as a layer's arguments hold it; null where there is none. */
export function readPenalty(layer: LayerDescription, given: unknown): WeightPenalty | null {
  const regularizer = serialized(given);
  return regularizer === null ? null : penaltyOf(layer, regularizer);
}

function serialized(given: unknown): Serialized | null {
  if (given === undefined || given === null) return null;
  if (typeof given === 'string') return { className: given, config: {} };
  const { class_name, className, config } = given as Record<string, unknown>;
  return {
    className: String(className ?? class_name),
    config: camelCaseKeys((config ?? {}) as Record<string, unknown>),
  };
}

/** Class names in any case, with underscores or without. */
const flat = (name: string): string => name.replaceAll('_', '').toLowerCase();

/**
 * Keras: L1 adds l1 · Σ|w| to the loss and L2 l2 · Σw², each 0.01 by default; L1L2 adds both, and what is left out is 0
 * where the other is given.
 */
function penaltyOf({ name }: LayerDescription, { className, config }: Serialized): WeightPenalty {
  const share = (key: string, otherwise: number): number =>
    requireNumber(name, `regularizer ${className}`, key, config[key] ?? otherwise);
  switch (flat(className)) {
    case 'l1':
      return { l1: share('l1', 0.01), l2: 0 };
    case 'l2':
      return { l1: 0, l2: share('l2', 0.01) };
    case 'l1l2': {
      const otherwise = config.l1 === undefined && config.l2 === undefined ? 0.01 : 0;
      return { l1: share('l1', otherwise), l2: share('l2', otherwise) };
    }
    default:
      throw unknownRule(name, 'regularizer', className, 'L1, L2, L1L2');
  }
}

/** Keras: NonNeg; MaxNorm, MinMaxNorm and UnitNorm of the vectors along `axis` (0 by default). */
function constraintOf(layer: LayerDescription, weight: WeightDescription, given: Serialized): WeightConstraint {
  const { className, config } = given;
  const number = (key: string, otherwise: number): number =>
    requireNumber(layer.name, `constraint ${className}`, key, config[key] ?? otherwise);
  const norm = (min: number, max: number, rate: number): WeightConstraint => ({
    kind: 'norm',
    min,
    max,
    rate,
    ...reducedAxes(layer, weight, className, config.axis ?? 0),
  });
  switch (flat(className)) {
    case 'nonneg':
      return { kind: 'nonNegative' };
    case 'maxnorm':
      return norm(0, number('maxValue', 2), 1);
    case 'minmaxnorm':
      return norm(number('minValue', 0), number('maxValue', 1), number('rate', 1));
    case 'unitnorm':
      return norm(1, 1, 1);
    default:
      throw unknownRule(layer.name, 'constraint', className, 'MaxNorm, MinMaxNorm, NonNeg, UnitNorm');
  }
}

/** The weight as (outer, reduced, inner), lengths being taken over the middle: the axes must stand side by side. */
function reducedAxes(
  { name }: LayerDescription,
  { shape }: WeightDescription,
  className: string,
  axis: unknown,
): { readonly reduced: number; readonly inner: number } {
  const axes = [axis].flat().map((one) => (Number(one) < 0 ? Number(one) + shape.length : Number(one)));
  const sorted = axes.toSorted((a, b) => a - b);
  const [first] = sorted;
  const fits = sorted.every((one, i) => Number.isInteger(one) && one === first + i && one >= 0 && one < shape.length);
  if (!fits || sorted.length === 0) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${name} has a constraint ${className} with axis ${JSON.stringify(axis)}; give axes of its weight of shape [${shape.join(', ')}] that stand side by side, such as 0.`,
    );
  }
  const end = first + sorted.length;
  return { reduced: sizeOf(shape.slice(first, end)), inner: sizeOf(shape.slice(end)) };
}

function requireNumber(layer: string, what: string, key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw userError(
    'INVALID_LAYER_ARGUMENT',
    `Layer ${layer} has a ${what} with ${key} ${JSON.stringify(value)}; give a number of at least 0.`,
  );
}

function unknownRule(layer: string, kind: string, className: string, known: string): Error {
  return userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${layer} has a ${kind} ${className}, which does not lower to kernels; give one of ${known}.`,
  );
}
