import { z } from 'zod';
import { camelCase } from '../../options/casing.js';
import { type ActivationArgument, readActivation } from './activations.js';
import type { LayerDescription } from './description.js';

/** Schemas of arguments that several layers share. */
export const positive = z.int().positive();

/** One number for both axes, or one for each. */
export const positivePair = z.union([positive, z.array(positive).length(1), z.array(positive).length(2)]);

/** One number, which may stand in a list. */
export const positiveSingle = z.union([positive, z.array(positive).length(1)]);

/** One number for all three axes of a volume, or one for each. */
export const positiveTriple = z.union([positive, z.array(positive).length(1), z.array(positive).length(3)]);

/** Rows or columns on both sides: one number for each side of each axis, one for each axis, or one for all. */
const count = z.int().nonnegative();
const sides = z.tuple([count, count]);
export const sidesOfImage = z.union([count, sides, z.tuple([sides, sides])]);
export const sidesOfSequence = z.union([count, sides]);

export const padding = z.enum(['valid', 'same']).optional();
const formats: Readonly<Record<string, string>> = { channels_last: 'channelsLast', channels_first: 'channelsFirst' };
export const dataFormat = z.preprocess(
  (format) => formats[String(format)] ?? format,
  z.enum(['channelsLast', 'channelsFirst']).optional(),
);

/** An activation in any form, read into the one that TensorFlow.js takes. */
export const requiredActivation = z.unknown().transform((given, context): ActivationArgument => {
  const read = readActivation(given);
  if (typeof read === 'string' || !('problem' in read)) return read;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});
export const activation = requiredActivation.optional();

/** An initializer's name, or its serialised form. */
export const initializer = z.union([z.string(), z.record(z.string(), z.unknown())]).optional();

export const kernelArguments = { kernelInitializer: initializer };
export const depthwiseArguments = { depthwiseInitializer: initializer };
export const biasArguments = { biasInitializer: initializer };

/** The initializers of a layer's kernels, then that of its bias where it has one: in the order of the layer's weights. */
export function withBiasInitializer(
  { useBias, biasInitializer }: LayerDescription['config'],
  ...kernels: readonly unknown[]
): readonly unknown[] {
  return useBias === false ? kernels : [...kernels, biasInitializer];
}

/** One of some words, which Keras may have written in snake_case. */
export const word = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.preprocess((given) => (typeof given === 'string' ? camelCase(given) : given), z.enum(words)).optional();
