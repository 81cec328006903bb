import { z } from 'zod';
import { wholeNumber } from '../../../coordinator/options/fields.js';
import { csvSection } from '../csv/section.js';
import type { KeptReading } from '../format.js';
import type { FittedColumn } from './fit.js';
import type { LabelReading } from './labels.js';
import { columnSpec } from './section.js';
import type { DialectChoice } from './source/dialect.js';

/** What a run stores of a table: how it is read, and all that was learned from its training rows. */
export interface KeptTable extends KeptReading, LabelReading {
  readonly dialect: DialectChoice;
  readonly features: readonly FittedColumn[];
  readonly labels: readonly string[];
  /** How many columns the training table has; of one without a header. */
  readonly width?: number;
  /** sha256 of what was read. */
  readonly digest: string;
}

const { header, decimal, thousands } = csvSection.shape;
const text = (error: string) => z.string({ error });
const number = (error: string) => z.number({ error });
const texts = (error: string) => z.array(text('a text'), { error });
const numbers = (error: string) => z.array(number('a number'), { error });
const nothing = z.null({ error: 'null' });

const fittedNumbers = z.object({
  inputs: z.array(
    z.object({
      part: text('a part of a date, or an empty text'),
      fill: z.union([number('a number'), nothing], { error: 'a number or null' }),
      mean: number('a number'),
      deviation: z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' }),
    }),
    { error: 'a list of inputs' },
  ),
  indicator: z.boolean({ error: 'true or false' }),
});
const fittedCategory = z.object({
  words: texts('a list of values'),
  fill: z.union([text('a text'), nothing], { error: 'a text or null' }),
});
const fittedText = z.object({ words: texts('a list of words') });

const fitted = z.union([fittedNumbers, fittedCategory, fittedText], { error: 'what was learned of a column' });

const feature = z
  .object({ name: text('the name of a column'), spec: columnSpec, fitted })
  .refine(
    ({ spec, fitted }) =>
      'inputs' in fitted ? isNumeric(spec.kind) : 'fill' in fitted ? spec.kind === 'category' : spec.kind === 'text',
    {
      error: 'what was learned of a column of its kind',
      path: ['fitted'],
    },
  );

function isNumeric(kind: string): boolean {
  return kind === 'number' || kind === 'boolean' || kind === 'date';
}

const transform = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('log') }),
    z.object({
      kind: z.literal('standardize'),
      mean: numbers('a list of numbers'),
      deviation: numbers('a list of numbers'),
    }),
  ],
  { error: 'a transform of labels: kind none, log or standardize' },
);

/** The file may have been changed since it was written, or be anybody's. */
export const keptOfTable = z.object({
  dialect: z.object({
    header,
    decimal,
    thousands,
    skipRows: wholeNumber(0).exactOptional(),
    delimiter: text('a delimiter').exactOptional(),
  }),
  features: z.array(feature, { error: 'a list of columns' }).min(1, { error: 'a list of columns' }),
  labels: texts('a list of label columns'),
  width: wholeNumber(1).exactOptional(),
  target: z.enum(['numbers', 'binary', 'classes', 'oneHot'], { error: 'a kind of target' }),
  classes: texts('a list of class names').exactOptional(),
  labelForm: z.enum(['names', 'numbers'], { error: 'names or numbers' }).exactOptional(),
  transform,
  digest: text('a sha256 in hex'),
}) as unknown as z.ZodType<KeptTable>;
