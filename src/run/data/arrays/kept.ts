import { z } from 'zod';
import { scalingSchema } from '../../../coordinator/data/scaling.js';
import { wholeNumber } from '../../../coordinator/options/fields.js';
import { identitySchema } from './identity.js';

const keys = z.array(z.string(), { error: 'a list of names of arrays' });
const names = z.array(z.string(), { error: 'a list of class names' });

/** What a run stores of how arrays were read. */
export const keptOfArrays = z.object({
  /** Names in the file of the array of each input and of each output; '' where a file has one array. */
  x: keys,
  y: keys,
  /** Of rows of numbers with labels among them: the columns that are labels, and how many there are in all. */
  labelColumns: z.array(wholeNumber(0)).exactOptional(),
  width: wholeNumber(1).exactOptional(),
  scaling: z.array(scalingSchema, { error: 'how each input is scaled' }),
  /** Names of the classes of each output; null where they have none. */
  classNames: z.array(z.union([names, z.null()]), { error: 'class names of each output' }),
  classes: names.exactOptional(),
  target: z.enum(['classes', 'oneHot', 'binary', 'numbers']),
  identity: identitySchema,
});

export type KeptArrays = z.output<typeof keptOfArrays>;
