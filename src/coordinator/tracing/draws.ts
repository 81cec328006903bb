import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Distribution } from '../../shared/kernels/table/random.js';
import { tfc } from '../../shared/tfjs/tfjs.js';
import type { PairedTensor } from './pair.js';
import { Refusal } from './refusal.js';
import type { NotedDraw } from './tape.js';

/** Scopes of TensorFlow.js's operations that draw random numbers, each with what it draws where nothing else is said. */
const operations: Readonly<Record<string, [Distribution, (shape: number[]) => Tensor]>> = {
  randomUniform__op: ['uniform', (shape) => tfc.randomUniform(shape, 0, 1)],
  randomNormal__op: ['normal', (shape) => tfc.randomNormal(shape, 0, 1)],
  truncatedNormal__op: ['truncatedNormal', (shape) => tfc.truncatedNormal(shape, 0, 1)],
};

/** What TensorFlow.js takes for a seed while a draw is watched. */
const SEED = 0.5;

/**
 * Tells of every draw of TensorFlow.js until what it returns is called. Draws are operations in scopes of their names, seeded by
 * Math.random where the caller gives no seed: under one seed a draw is so many times what the plain distribution gives.
 */
export function watchDraws(
  note: (drawn: TensorInfo, distribution: Distribution, plain: Float32Array) => void,
): () => void {
  const engine = tfc.engine();
  const { startScope, endScope } = engine;
  const { random } = Math;
  /** The names of the scopes that are open. */
  const open: string[] = [];
  let isPlain = false;
  engine.startScope = (name) => {
    open.push(name ?? '');
    if (Object.hasOwn(operations, name ?? '')) Math.random = () => SEED;
    startScope.call(engine, name);
  };
  engine.endScope = (result) => {
    endScope.call(engine, result);
    const name = open.pop() ?? '';
    if (!Object.hasOwn(operations, name)) return;
    if (!isPlain && result instanceof tfc.Tensor && result.dtype === 'float32') {
      const [distribution, draw] = operations[name];
      isPlain = true;
      const plain = draw(result.shape);
      isPlain = false;
      const values = plain.dataSync<'float32'>().slice();
      plain.dispose();
      note(result, distribution, values);
    }
    Math.random = random;
  };
  return () => {
    Object.assign(engine, { startScope, endScope });
    Math.random = random;
  };
}

/** A draw as shift + scale · the plain one; throws where two recordings of it are of no such form. */
export function formOfDraw(
  tensor: PairedTensor,
  both: readonly NotedDraw[],
): { readonly shift: number; readonly scale: number } {
  if (tensor.batch < 0) throw new Refusal('it draws random numbers that all rows of a batch share');
  const values = both.flatMap((draw) => [...draw.values]);
  const plain = both.flatMap((draw) => [...draw.plain]);
  const [low, high] = [plain.indexOf(Math.min(...plain)), plain.indexOf(Math.max(...plain))];
  const scale = simplest((values[high] - values[low]) / (plain[high] - plain[low]));
  const shift = simplest(values[low] - scale * plain[low]);
  const size = Math.abs(shift) + Math.abs(scale);
  const fits = values.every((value, e) => Math.abs(value - (shift + scale * plain[e])) <= 1e-5 * size);
  if (fits) return { shift, scale };
  throw new Refusal('it draws random numbers by a seed of its own; leave the seed out, as the trainer has one');
}

/** The number of few digits that was meant, within the rounding of float32. */
function simplest(number: number): number {
  const rounded = Number(number.toPrecision(6));
  return Math.abs(number) < 1e-6 ? 0 : rounded;
}
