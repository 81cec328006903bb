import { z } from 'zod';
import { levels, standardizations } from '../../../coordinator/data/text/tokens.js';
import { oneOf, wholeNumber } from '../../../coordinator/options/fields.js';
import type { KeptReading } from '../format.js';

const names = (error: string) => z.array(z.string(), { error });

const common = {
  level: oneOf(levels),
  standardize: oneOf(standardizations),
  /** The tokens, whose numbers begin at 2. */
  vocabulary: names('a list of tokens'),
  /** Tokens of one row. */
  length: wholeNumber(1),
  rows: wholeNumber(1),
  digest: z.string({ error: 'a sha256 in hex' }),
};

/** What a run keeps of its texts: others become rows by the same vocabulary. */
export const keptOfText = z.discriminatedUnion(
  'kind',
  [
    z.object({
      kind: z.literal('classes'),
      ...common,
      classes: names('a list of class names'),
      target: z.enum(['classes', 'oneHot', 'binary'], { error: 'a kind of target' }),
    }),
    z.object({
      kind: z.literal('running'),
      ...common,
      stride: wholeNumber(1),
      eachStep: z.boolean({ error: 'true or false' }),
      outputs: wholeNumber(3),
    }),
  ],
  { error: 'texts with classes or running text' },
);

export type KeptText = z.output<typeof keptOfText> & KeptReading;
export type KeptClasses = Extract<KeptText, { kind: 'classes' }>;
export type KeptRunning = Extract<KeptText, { kind: 'running' }>;
