import { userError } from '../../../shared/errors.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { momentIndex } from '../../../shared/optimizers/updateRules.js';
import type { Parameter } from '../../../shared/program/parameter.js';
import type { Compilation, StoredTensor } from './compilation.js';
import { givenVectors, type KeptVector, writtenVectors } from './optimizers.js';

/** Trained weights, in the order of TensorFlow.js, by which it knows what belongs to which. */
type TrainedWeights = readonly Parameter[];

/** Where an optimizer stands. */
export interface OptimizerState {
  /** Updates applied. */
  readonly step: number;
  readonly moments: readonly Moment[];
  /** The base rate that it has come to, where that is stored. */
  readonly learningRate?: number;
}

/** A vector of an optimizer for one weight: `index` is its place in `momentNames`. */
export interface Moment {
  readonly weight: Parameter;
  readonly index: number;
  readonly values: Float32Array;
}

/** Name of the number of updates. */
const COUNT = 'iter';

/** What the optimizer of a compiled model keeps, as Lockstep keeps it; throws where it does not fit the weights. */
export async function readState(
  compilation: Compilation,
  spec: OptimizerSpec,
  weights: TrainedWeights,
): Promise<OptimizerState> {
  const stored = await compilation.optimizerWeights();
  if (stored.length === 0) return { step: 0, moments: [] };
  const kept = givenVectors(compilation.optimizer, spec);
  const [count, ...vectors] = stored;
  const step = count.values[0];
  if (count.name !== COUNT || count.values.length !== 1 || !Number.isSafeInteger(step) || step < 0) {
    throw misfit(compilation, `begin with ${describeTensor(count)}, not with ${COUNT}, a whole number of updates`);
  }
  // An optimizer that has not been used yet has no vectors.
  if (step === 0 && vectors.length === 0) return { step, moments: [] };
  const places = kept.flatMap((vector) => weights.map((weight) => ({ vector, weight })));
  if (vectors.length !== places.length) {
    throw misfit(
      compilation,
      `are ${vectors.length} vectors, where ${spec.kind} keeps ${kept.length} for each of ${weights.length} trained weights`,
    );
  }
  const moments = places.flatMap(({ vector, weight }, i) => {
    requireShape(compilation, vectors[i], weight);
    const index = momentIndex(spec, vector.vector);
    return index < 0 ? [] : [{ weight, index, values: times(vectors[i].values, vector.factor) }];
  });
  return { step, moments };
}

/** What TensorFlow.js stores for an optimizer; `momentOf` gives a vector by its place in `momentNames`. */
export function writeState(
  spec: OptimizerSpec,
  learningRate: number,
  step: number,
  weights: TrainedWeights,
  momentOf: (weight: Parameter, index: number) => Float32Array,
): StoredTensor[] {
  const count = { name: COUNT, shape: [], values: Int32Array.of(step) };
  const kept = writtenVectors(spec, learningRate);
  const vectors = kept.flatMap((vector) =>
    weights.map((weight) => ({
      name: `${weight.name}/${vector.suffix}`,
      shape: weight.shape,
      values: valuesOf(vector, weight),
    })),
  );
  return [count, ...vectors];

  function valuesOf({ vector, factor }: KeptVector, weight: Parameter): Float32Array {
    const index = momentIndex(spec, vector);
    if (index < 0) return new Float32Array(weight.size);
    return Float32Array.from(momentOf(weight, index), (value) => value / requireRate(factor));
  }
}

function requireRate(factor: number): number {
  if (factor !== 0) return factor;
  throw userError(
    'NOT_IN_TENSORFLOWJS',
    'The learning rate is 0, and TensorFlow.js keeps the velocity divided by it; save at a rate above 0.',
  );
}

function times(values: ArrayLike<number>, factor: number): Float32Array {
  return Float32Array.from(values, (value) => value * factor);
}

function requireShape(compilation: Compilation, tensor: StoredTensor, { name, shape }: Parameter): void {
  if (tensor.shape.join() === shape.join() && tensor.values instanceof Float32Array) return;
  throw misfit(compilation, `hold ${describeTensor(tensor)} for weight ${name} of shape [${shape.join(', ')}]`);
}

function describeTensor({ name, shape }: StoredTensor): string {
  return `${name} of shape [${shape.join(', ')}]`;
}

function misfit({ source }: Compilation, what: string): Error {
  return userError(
    'INVALID_MODEL',
    `The optimizer weights of ${source} ${what}; save the model again with includeOptimizer, or give the option optimizer, with which its moments begin anew.`,
  );
}
