import { userError } from '../../../shared/errors.js';
import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { momentIndex } from '../../../shared/optimizers/updateRules.js';
import type { Parameter } from '../../../shared/program/parameter.js';
import type { Compilation, StoredTensor } from '../compiled/compilation.js';
import type { Moment, OptimizerState } from '../compiled/state.js';
import type { Hdf5File } from '../hdf5/file.js';
import { keepsRate, variableLayout } from './optimizerVariables.js';

/** Where the optimizer's variables lie: those of mixed precision stand once more beneath the one that scales losses. */
const PLACES = ['optimizer/inner_optimizer/vars', 'optimizer/vars'];

/** The variables of an optimizer in a file of weights, in their order; none where it has none. */
export function readVariables(file: Hdf5File): StoredTensor[] {
  const place = PLACES.find((path) => file.group(path) !== undefined);
  return (place === undefined ? [] : file.numbered(place)).map((dataset, i) => ({
    name: `${place}/${i}`,
    shape: dataset.shape,
    values: i === 0 ? Int32Array.of(file.number(dataset)) : file.floats(dataset),
  }));
}

/** Where the optimizer of a model that Keras has saved stood; throws where what is stored does not fit the weights. */
export async function readKerasState(
  compilation: Compilation,
  spec: OptimizerSpec,
  trained: readonly Parameter[],
): Promise<OptimizerState> {
  const stored = await compilation.optimizerWeights();
  const layout = variableLayout(spec, keepsRate(compilation.optimizer));
  if (stored.length === 0 || layout === undefined) return { step: 0, moments: [] };
  const [count, ...others] = stored;
  const step = count.values[0];
  if (count.shape.length > 0 || !Number.isSafeInteger(step) || step < 0) {
    throw misfit(compilation, `begin with a tensor of shape [${count.shape.join(', ')}], not with a count of updates`);
  }
  const rate = layout.hasRate ? rateOf(compilation, spec, others[0]) : {};
  const vectors = others.slice(layout.hasRate ? 1 : 0);
  // An optimizer that has not been used yet has no vectors.
  if (vectors.length === 0) return { step, moments: [], ...rate };
  const weights = inTheirOrder(compilation, trained);
  const places = layout.lists.flatMap((list) => weights.flatMap((weight) => list.map((name) => ({ name, weight }))));
  if (vectors.length !== places.length + layout.numbers) {
    throw misfit(
      compilation,
      `are ${vectors.length} vectors, where ${spec.kind} has ${places.length + layout.numbers} for ${weights.length} trained weights`,
    );
  }
  const moments = places.map(({ name, weight }, i): Moment => {
    const values = requireShape(compilation, vectors[i], weight);
    return { weight, index: momentIndex(spec, name), values };
  });
  return { step, moments, ...rate };
}

/** The stored rate holds, as in Keras; where it is that of the config, rounded, the config's does. */
function rateOf(compilation: Compilation, spec: OptimizerSpec, stored: StoredTensor | undefined) {
  const rate = stored?.values[0];
  if (stored === undefined || stored.shape.length > 0 || rate === undefined || !(rate >= 0)) {
    throw misfit(compilation, 'have no learning rate behind the count of updates');
  }
  return { learningRate: rate === Math.fround(spec.learningRate) ? spec.learningRate : rate };
}

/** Trained weights in the order of `model.trainable_variables`. */
export function inTheirOrder({ order = [] }: Pick<Compilation, 'order'>, trained: readonly Parameter[]): Parameter[] {
  const byName = new Map(trained.map((weight) => [weight.name, weight]));
  return order.flatMap((name) => byName.get(name) ?? []);
}

function requireShape(
  compilation: Compilation,
  { shape, values, name }: StoredTensor,
  weight: Parameter,
): Float32Array {
  if (shape.join() === weight.shape.join() && values instanceof Float32Array) return values;
  throw misfit(
    compilation,
    `hold ${name} of shape [${shape.join(', ')}] for weight ${weight.name} of shape [${weight.shape.join(', ')}]`,
  );
}

function misfit({ source }: Compilation, what: string): Error {
  return userError(
    'INVALID_MODEL',
    `The optimizer variables of ${source} ${what}; compile the model and save it again in Keras, or give the option optimizer, with which its moments begin anew.`,
  );
}
