import { userError } from '../../../shared/errors.js';
import type { CalledMeasure, CalledOutput } from '../../../shared/program/called.js';
import type { ObjectivePlan } from './objectivePlan.js';

/** What the coordinator finds of an output in memory. */
export interface CalledPlace extends CalledOutput {
  readonly weight: number;
  /** Whether steps of it may be left out. */
  readonly isMasked: boolean;
}

/** The losses and metrics that the coordinator calls; `places` are those of the outputs, which the plans are of. */
export function calledMeasures(plans: readonly ObjectivePlan[], places: readonly CalledPlace[]): CalledMeasure[] {
  return plans.flatMap((plan, output) => calledOf(plan, places[output], places));
}

function calledOf(plan: ObjectivePlan, place: CalledPlace, all: readonly CalledPlace[]): CalledMeasure[] {
  const { loss, lossWeight, metrics, first, divisor, steps } = plan;
  const own: CalledMeasure[] = [];
  if (loss?.name === 'called') {
    const byRows = loss.reduction === 'sum_over_batch_size';
    const outputs = loss.joint ? all : [place];
    own.push({ name: loss.function, outputs, sum: first, divisor, weight: place.weight, byRows, lossWeight });
  }
  const measured = metrics.flatMap(({ spec, sum, weighted }) => {
    if (spec.name !== 'called') return [];
    const weights = weighted
      ? { divisor: first + 1, weight: place.weight }
      : { divisor: steps < 0 ? null : steps, weight: null };
    return [{ name: spec.function, outputs: [place], sum, ...weights, byRows: false, lossWeight: null }];
  });
  const called = [...own, ...measured];
  if (called.length > 0 && place.isMasked) throw masked(called[0].name);
  return called.map((one) => ({ ...one, outputs: one.outputs.map(plain) }));
}

function plain({ shape, target, trained, inferred, gradient }: CalledOutput): CalledOutput {
  return { shape, target, trained, inferred, gradient };
}

function masked(name: string): Error {
  return userError(
    'UNSUPPORTED_LOSS',
    `The function ${name} is called for whole batches, as it cannot become kernels, and would not see which steps of its output a mask leaves out; write it of operations that keep the rows of a batch apart, or end the mask before the output.`,
  );
}
