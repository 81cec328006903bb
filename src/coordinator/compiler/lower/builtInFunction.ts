import { userError } from '../../../shared/errors.js';
import { lossOf } from '../../options/losses.js';
import type { LossSpec, MetricSpec } from '../../options/objectives.js';
import { concordanceCorrelation, focalByClass, graphOf, overlapOf, pearsonCorrelation } from '../../tracing/builtIn.js';
import type { TensorFunction } from '../../tracing/trace.js';

/** A loss or metric that is a built-in function of tensors, as the traced one that it becomes; any other as it is. */
export function withGraph<S extends LossSpec | MetricSpec>(spec: S, shape: readonly number[], isLoss: boolean): S {
  const given = functionOf(spec, shape);
  if (given === null) return spec;
  const { name } = spec;
  const graph = graphOf({ name: JSON.stringify(spec), function: given }, shape, isLoss);
  const kept = {
    reduction: 'reduction' in spec ? spec.reduction : undefined,
    logName: 'logName' in spec ? spec.logName : undefined,
  };
  const own = Object.entries(kept).filter(([, value]) => value !== undefined);
  return { name: 'traced', function: name, graph, ...Object.fromEntries(own) } as unknown as S;
}

function functionOf(spec: LossSpec | MetricSpec, shape: readonly number[]): TensorFunction | null {
  switch (spec.name) {
    case 'pearsonCorrelation':
      return pearsonCorrelation;
    case 'concordanceCorrelation':
      return concordanceCorrelation;
    case 'categoricalFocalCrossentropy':
      return typeof spec.alpha === 'number' ? null : focalByClass({ ...spec, alpha: alphaFor(spec.alpha, shape) });
    case 'dice':
    case 'tversky':
      return overlapFunction(spec, shape);
    default:
      return null;
  }
}

function alphaFor(alpha: readonly number[], shape: readonly number[]): readonly number[] {
  const classes = shape[shape.length - 1];
  if (alpha.length === classes) return alpha;
  throw userError(
    'INVALID_OPTION',
    `categoricalFocalCrossentropy: alpha has ${alpha.length} numbers, but the output has ${classes} classes; give one a class, or one alone.`,
  );
}

type Overlap = Extract<LossSpec | MetricSpec, { readonly name: 'dice' | 'tversky' }>;

/** One whose sums leave the rows apart. */
function overlapFunction(spec: Overlap, shape: readonly number[]): TensorFunction | null {
  const axes = overlapAxes(spec, shape);
  if (axes.includes(0)) return null;
  const own = (lossOf(spec.name).kernel as (spec: Overlap, size: number) => { readonly args: Shares })(spec, 1);
  return overlapOf(axes, own.args);
}

type Shares = Parameters<typeof overlapOf>[1];

/** The axes that the sums go over, of which 0 is that of the rows. */
function overlapAxes({ name, axis }: Overlap, shape: readonly number[]): readonly number[] {
  const rank = shape.length + 1;
  if (axis === undefined) return [...Array(rank).keys()];
  const given = [axis].flat();
  const wrong = given.find((one) => one < -rank || one >= rank);
  if (wrong === undefined) return given.map((one) => (one < 0 ? one + rank : one)).toSorted((a, b) => a - b);
  throw userError(
    'INVALID_OPTION',
    `${name}: axis is ${wrong}, but the output has axes 0 to ${rank - 1}; give some of those.`,
  );
}

/** The bins of a loss whose sums go over all rows: one, or one for each place on the last axis; 0 for any other loss. */
export function overlapBins(loss: LossSpec | null, shape: readonly number[]): number {
  if (loss === null || (loss.name !== 'dice' && loss.name !== 'tversky')) return 0;
  const axes = overlapAxes(loss, shape);
  const all = [...Array(shape.length + 1).keys()];
  if (axes.length === all.length) return 1;
  if (axes.join() === all.slice(0, -1).join()) return shape[shape.length - 1];
  throw userError(
    'INVALID_OPTION',
    `${loss.name}: axis is [${axes.join(', ')}], which has the rows and leaves out others than the last axis; give no axis, [${all.slice(0, -1).join(', ')}], or axes from 1 on.`,
  );
}
