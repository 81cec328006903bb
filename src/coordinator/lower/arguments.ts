import { z } from 'zod';
import { activationNames, findActivation } from './activation.js';

/** Schemas of arguments that several layers share. */
export const positive = z.int().positive();

/** One number for both axes, or one for each. */
export const positivePair = z.union([positive, z.array(positive).length(1), z.array(positive).length(2)]);

export const padding = z.enum(['valid', 'same']).optional();
export const dataFormat = z.enum(['channelsLast']).optional();

/** An activation in any spelling, read as its TensorFlow.js name. */
export const activationName = z.preprocess((name) => findActivation(name) ?? name, z.enum(activationNames));
export const activation = activationName.optional();

/** An initializer's name, or its serialised form. */
export const initializer = z.union([z.string(), z.record(z.string(), z.unknown())]).optional();

export const kernelArguments = { kernelInitializer: initializer };
export const biasArguments = { biasInitializer: initializer };
