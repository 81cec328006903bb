import { userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import { Draws } from '../../shared/random/rng.js';
import { tfc, tfl } from '../../shared/tfjs/tfjs.js';
import type { CalledFunctionList } from './called.js';
import { callFunction, type Numbers } from './callFunction.js';
import type { TracedGraph } from './graph.js';
import { madeUp } from './interpret.js';
import { jointOf } from './joint.js';
import { Refusal } from './refusal.js';
import { type JointFunction, ofOneOutput, type TensorFunction, traceOver } from './trace.js';

/** A function that a caller gave, as the loss or metric that it is. */
export type ReadFunction =
  | { readonly name: string; readonly fromLogits?: true }
  | { readonly name: 'traced'; readonly function: string; readonly graph: TracedGraph }
  | { readonly name: 'called'; readonly function: string; readonly joint: boolean };

/** A function, what it is for, and the shapes of one row of the outputs that it is over. */
export interface GivenFunction {
  readonly given: TensorFunction;
  readonly what: 'loss' | 'metric';
  readonly shapes: readonly (readonly number[])[];
}

/**
 * A loss or metric given as a function: one of TensorFlow.js's own by its name, any other as the graph of what it does to one
 * row. One that cannot be traced is put on the list of those that the coordinator calls, with the reason. Throws
 * `UNSUPPORTED_FUNCTION` for one that does not work either when it is called.
 */
export function readFunction({ given, what, shapes }: GivenFunction, called: CalledFunctionList): ReadFunction {
  const known = namesake(given);
  if (known !== undefined) return known;
  const joint = jointOf(given);
  const over: JointFunction = joint ?? ofOneOutput(given);
  const name = given.name || what;
  try {
    return { name: 'traced', function: name, graph: traceOver(over, shapes, what === 'loss') };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    requireCallable(over, { given, what, shapes }, error);
    const own = called.add(given, name, { given: over, what, reason: error.message });
    return { name: 'called', function: own, joint: joint !== undefined };
  }
}

/** Reads functions of the outputs of a model, which are given by their positions. */
export function functionReader(outputs: readonly { readonly shape: readonly number[] }[], called: CalledFunctionList) {
  return (given: TensorFunction, what: 'loss' | 'metric', positions: readonly number[]): ReadFunction => {
    return readFunction({ given, what, shapes: positions.map((position) => outputs[position].shape) }, called);
  };
}

/** Rows that a function is tried for. */
const ROWS = 4;

/** Calls it once as the coordinator would for a batch. */
function requireCallable(over: JointFunction, { given, what, shapes }: GivenFunction, refusal: Refusal): void {
  const numbers = (shape: readonly number[], step: number): Numbers => {
    const tensor = madeUp([ROWS, ...shape], step);
    const values = tensor.dataSync<'float32'>().slice();
    tensor.dispose();
    return { values, shape: tensor.shape };
  };
  const seedOf = ({ values }: Numbers): Float32Array => new Float32Array(values.length).fill(1);
  const batch = {
    targets: shapes.map((shape, i) => numbers(shape, 3 + 8 * i)),
    predictions: shapes.map((shape, i) => numbers(shape, 5 + 8 * i)),
    draws: new Draws([0, 0]).at('network', 0, 0, 0),
    seedOf: what === 'loss' ? seedOf : null,
  };
  try {
    callFunction(over, batch);
  } catch (error) {
    const ends = `for a batch of ${ROWS} rows it ends with: ${firstLine(error)}`;
    const why = error instanceof Refusal ? error.message : ends;
    const first = why === refusal.message ? '' : ` become kernels, as ${refusal.message}, nor`;
    throw userError(
      'UNSUPPORTED_FUNCTION',
      `${nameOf(given, what)} cannot${first} be called for a whole batch, as ${why}; give a function that returns a tensor at once, for any number of rows.`,
      error,
    );
  }
}

function nameOf({ name }: TensorFunction, what: 'loss' | 'metric'): string {
  return name === '' || name === what ? `The function of the ${what}` : `The ${what} ${name}`;
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
