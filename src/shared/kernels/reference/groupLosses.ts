import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sumLosses } from './groups.js';

type HingeArguments = KernelArguments<'categoricalHinge'>;
type CosineArguments = KernelArguments<'cosineSimilarity'>;

/**
 * A group's loss: max(0, 1 + the largest (1 − t)·p − Σ t·p). Several largest share its gradient equally, as in TensorFlow.
 */
export const categoricalHinge: Kernel<HingeArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  sumLosses(memory, pass, a, (group, seed) => {
    const p = a.prediction + group * a.size;
    const t = a.target + group * a.size;
    const rivalAt = (j: number): number => (1 - f32[t + j]) * f32[p + j];
    let largest = rivalAt(0);
    for (let j = 1; j < a.size; j++) largest = Math.max(largest, rivalAt(j));
    const loss = 1 + largest - dot(memory, p, t, a.size);
    if (a.gradient >= 0) {
      let rivals = 0;
      for (let j = 0; j < a.size; j++) if (rivalAt(j) === largest) rivals++;
      for (let j = 0; j < a.size; j++) {
        const share = rivalAt(j) === largest ? (1 - f32[t + j]) / rivals : 0;
        f32[a.gradient + group * a.size + j] = (share - f32[t + j]) * (loss >= 0 ? seed : 0);
      }
    }
    return Math.max(loss, 0);
  });
};

/** Keras divides by √max(Σx², 1e-12). */
const LEAST_SQUARE = 1e-12;

/** A group's loss: −Σ p·t / (|p| · |t|). With p̂ = p / |p| the gradient is (p̂·cosine − t̂) / |p|. */
export const cosineSimilarity: Kernel<CosineArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  sumLosses(memory, pass, a, (group, seed) => {
    const p = a.prediction + group * a.size;
    const t = a.target + group * a.size;
    const [squareP, squareT] = [dot(memory, p, p, a.size), dot(memory, t, t, a.size)];
    const [lengthP, lengthT] = [squareP, squareT].map((square) => Math.sqrt(Math.max(square, LEAST_SQUARE)));
    const cosine = dot(memory, p, t, a.size) / (lengthP * lengthT);
    // A vector that is too short to be normalized is divided by a constant.
    const turn = squareP < LEAST_SQUARE ? 0 : cosine;
    if (a.gradient >= 0) {
      for (let j = 0; j < a.size; j++) {
        const slope = (turn * f32[p + j]) / lengthP - f32[t + j] / lengthT;
        f32[a.gradient + group * a.size + j] = (slope / lengthP) * seed;
      }
    }
    return -cosine;
  });
};

function dot({ f32 }: KernelMemory, x: number, y: number, size: number): number {
  let sum = 0;
  for (let j = 0; j < size; j++) sum += f32[x + j] * f32[y + j];
  return sum;
}
