import { z } from 'zod';
import { scalingSchema } from '../../../coordinator/data/scaling.js';
import { wholeNumber } from '../../../coordinator/options/fields.js';
import { csvSection } from './section.js';

const { header, skipRows, delimiter, decimal, thousands, classes } = csvSection.shape;
const column = z.union([z.string(), wholeNumber(0)], { error: 'a column: its name or its number' });
const columns = z.array(column, { error: 'a list of columns' });
const names = z.array(z.string(), { error: 'a list of names' });

/** What a run stores of a table's reading, as `Preprocessing`. The file may have been changed since, or be anybody's. */
export const keptOfTable = z
  .object({
    ...{ header, skipRows, delimiter, decimal, thousands, classes },
    label: z.union([column, columns], { error: 'a column or a list of them' }),
    ignore: columns.exactOptional(),
    target: z.enum(['numbers', 'binary', 'classes', 'oneHot'], { error: 'a kind of target' }),
    labelForm: z.enum(['names', 'numbers'], { error: 'names or numbers' }).exactOptional(),
    shape: z.array(wholeNumber(1), { error: 'a list of lengths' }),
    columns: names,
    scaling: scalingSchema,
    digest: z.string({ error: 'a sha256 in hex' }),
  })
  .refine(({ scaling, columns }) => scaling.kind !== 'standardize' || isOfEach(columns.length, scaling), {
    error: 'a mean and a deviation for each column',
    path: ['scaling'],
  });

function isOfEach(columns: number, { mean, deviation }: Record<'mean' | 'deviation', readonly number[]>): boolean {
  return mean.length === columns && deviation.length === columns;
}
