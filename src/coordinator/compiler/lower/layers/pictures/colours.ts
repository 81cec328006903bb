import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { tfc } from '../../../../../shared/tfjs/tfjs.js';
import { dataFormat } from '../../arguments.js';
import type { LayerDescription } from '../../description.js';
import { lowerUniforms } from '../../draws.js';
import { lowerFormula } from '../../formula.js';
import type { LayerLowering } from '../../layer.js';
import { requireImage } from './sizes.js';

/** Images [rows, height, width, channels], and one number between 0 and 1 for each of them, [rows, 1, 1, 1]. */
type Change = (images: Tensor, draws: Tensor) => Tensor;

const share = z.union([z.number(), z.tuple([z.number(), z.number()])]);
const range = z.tuple([z.number(), z.number()]).optional();
const common = { dataFormat, seed: z.unknown().optional() };

/** A layer that changes the colours of an image as one number is drawn, while training alone. */
function recolouring(
  type: string,
  own: LayerLowering['arguments'],
  changeOf: (config: LayerDescription['config']) => Change,
): LayerLowering {
  return {
    type,
    arguments: { ...own, ...common },
    lower(layer, x, to) {
      requireImage(layer);
      const draws = lowerUniforms(layer.name, 1, to);
      if (!to.training) return x;
      const change = changeOf(layer.config);
      const formula = ([images, drawn]: readonly Tensor[]) => change(images, tfc.reshape(drawn, [-1, 1, 1, 1]));
      const part = { name: 'formula', shape: x.shape, formula, weights: [] };
      const { value, backward } = lowerFormula(layer, part, [x, draws], to);
      to.onBackward((dy) => (x.trained ? backward(dy)[0] : -1));
      return value;
    },
  };
}

/** The two ends of a factor: sorted, or from `least`, but not below −|factor|, to a single number's size. */
function endsOf(factor: unknown, least: number): readonly [number, number] {
  if (Array.isArray(factor)) return [Math.min(...(factor as number[])), Math.max(...(factor as number[]))];
  const size = Math.abs(Number(factor));
  return [Math.max(-size, least), size];
}

const clipped = (x: Tensor, valueRange: unknown): Tensor => {
  const [low, high] = ((valueRange ?? [0, 255]) as number[]).toSorted((a, b) => a - b);
  return tfc.clipByValue(x, low, high);
};

/** Adds a number of [lower, upper] times the range of values, and clips. */
const randomBrightness = recolouring('RandomBrightness', { factor: share, valueRange: range }, (config) => {
  const [low, high] = endsOf(config.factor, -1);
  const [from, to] = ((config.valueRange ?? [0, 255]) as number[]).toSorted((a, b) => a - b);
  return (x, u) => {
    const delta = tfc.mul(tfc.add(tfc.mul(u, high - low), low), to - from);
    return clipped(tfc.add(x, delta), config.valueRange);
  };
});

/** Brings each pixel nearer to its channel's mean, or away from it, by a factor of [1 − lower, 1 + upper], and clips. */
const randomContrast = recolouring('RandomContrast', { factor: share, valueRange: range }, (config) => {
  const [lower, upper] = endsOf(config.factor, 0);
  return (x, u) => {
    const mean = tfc.mean(x, [1, 2], true);
    const factor = tfc.add(tfc.mul(u, lower + upper), 1 - lower);
    return clipped(tfc.add(tfc.mul(tfc.sub(x, mean), factor), mean), config.valueRange);
  };
});

/** Luma of red, green and blue: ITU-R BT.601. */
const LUMA = [0.2989, 0.587, 0.114];

/** Takes a share of the images for grey ones. */
const randomGrayscale = recolouring('RandomGrayscale', { factor: z.number().min(0).max(1).optional() }, (config) => {
  const share = Number(config.factor ?? 0.5);
  return (x, u) => {
    const grey = tfc.sum(tfc.mul(x, tfc.tensor(LUMA, [1, 1, 1, 3])), -1, true);
    const isGrey = tfc.cast(tfc.less(u, share), 'float32');
    return tfc.add(tfc.mul(grey, isGrey), tfc.mul(x, tfc.sub(1, isGrey)));
  };
});

export const recolourings: readonly LayerLowering[] = [randomBrightness, randomContrast, randomGrayscale];
