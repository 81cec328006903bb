import { userError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import type { SharingTrainer } from '../options/trainerOptions.js';

/** Names of the weights that a program has in common with a trainer; none without one. */
export function namesSharedWith(companion: SharingTrainer | undefined, program: Program): Set<string> {
  if (companion === undefined) return new Set();
  const others = companion.weights();
  const own = new Map([...program.parameters, ...program.states].map(({ name, shape }) => [name, shape]));
  const common = others.filter(({ name }) => own.has(name));
  const other = common.find(({ name, shape }) => shape.join() !== own.get(name)?.join());
  if (other !== undefined || common.length === 0) {
    const problem =
      other === undefined
        ? 'the two models have no weight of the same name'
        : `weight ${other.name} has shape [${other.shape.join(', ')}] in one model and [${own.get(other.name)?.join(', ')}] in the other`;
    throw userError(
      'NOTHING_SHARED',
      `shareWith is given, but ${problem}; let the models share layers, or name them alike.`,
    );
  }
  return new Set(common.map(({ name }) => name));
}
