import { userError } from '../../shared/errors.js';
import { tfc, tfl } from '../../shared/tfjs/tfjs.js';
import type { TracedGraph } from './graph.js';
import { Refusal } from './refusal.js';
import { type TensorFunction, trace } from './trace.js';

/** A function that a caller gave, as the loss or metric that it is. */
export type ReadFunction =
  | { readonly name: string; readonly fromLogits?: true }
  | { readonly name: 'traced'; readonly function: string; readonly graph: TracedGraph };

/**
 * A loss or metric given as a function: one of TensorFlow.js's own by its name, any other as the graph of what it does to one
 * row of an output of `shape`. Throws `UNSUPPORTED_FUNCTION` for one that cannot be traced.
 */
export function readFunction(given: TensorFunction, what: 'loss' | 'metric', shape: readonly number[]): ReadFunction {
  const known = namesake(given);
  if (known !== undefined) return known;
  const name = given.name || what;
  const who = name === what ? `The function of the ${what}` : `The ${what} ${name}`;
  try {
    return { name: 'traced', function: name, graph: trace(given, shape, what === 'loss') };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw userError(
      'UNSUPPORTED_FUNCTION',
      `${who} cannot become kernels, as ${error.message}; write it of operations on tensors that keep the rows of a batch apart, or export it from a module and give { name: 'custom', function: '${name}' } with the option modules, so that TensorFlow.js computes it.`,
      error,
    );
  }
}

/** Functions of `tf.losses` that Lockstep has under another name. */
const losses: ReadonlyMap<unknown, ReadFunction> = new Map<unknown, ReadFunction>([
  [tfc.losses.absoluteDifference, { name: 'meanAbsoluteError' }],
  [tfc.losses.meanSquaredError, { name: 'meanSquaredError' }],
  [tfc.losses.huberLoss, { name: 'huber' }],
  [tfc.losses.sigmoidCrossEntropy, { name: 'binaryCrossentropy', fromLogits: true }],
  [tfc.losses.softmaxCrossEntropy, { name: 'categoricalCrossentropy', fromLogits: true }],
]);

/** What TensorFlow.js means by a function of its own; those of `tf.metrics` are named as they are here. */
function namesake(given: TensorFunction): ReadFunction | undefined {
  const known = losses.get(given);
  if (known !== undefined) return known;
  const named = Object.entries(tfl.metrics).find(([, metric]) => metric === (given as unknown));
  return named && { name: named[0] };
}
