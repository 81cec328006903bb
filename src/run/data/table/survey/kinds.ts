import type { ColumnSpec } from '../section.js';
import type { ColumnFacts } from './facts.js';

/** What a column is taken for, and why, in words. */
export interface FoundKind {
  readonly kind: ColumnSpec['kind'];
  /** Of a date that is a text. */
  readonly format?: string;
  /** Other forms that fit every value as well. */
  readonly otherFormats?: readonly string[];
  readonly why: string;
}

/** Values that a column of texts has at most to be a category, where hardly any value comes twice. */
const MOST_DISTINCT = 1000;
/** Words of a value, on average, from which a column is text. */
const WORDS_OF_TEXT = 3;
/** Fewer rows show nothing. */
const FEW_ROWS = 20;

/** What the values of all rows make of a column. */
export function kindOfColumn(facts: ColumnFacts): FoundKind {
  const known = facts.rows - facts.missing;
  const distinct = facts.values?.length;
  if (known === 0) return { kind: 'ignore', why: 'no row has a value' };
  if (distinct === 1) return { kind: 'ignore', why: sameValue(facts) };
  if (facts.type === 'time') return { kind: 'date', why: 'times' };
  if (facts.type === 'boolean') return { kind: 'boolean', why: 'true or false' };
  if (facts.numbers === known && facts.codes === 0) return kindOfNumbers(facts);
  if (facts.isBoolean) return { kind: 'boolean', why: `yes or no: ${listOf(facts)}` };
  const [format, ...otherFormats] = facts.dateFormats;
  if (format !== undefined) return { kind: 'date', format, otherFormats, why: 'dates' };
  return kindOfTexts(facts, known, distinct);
}

function sameValue({ missing, rows }: ColumnFacts): string {
  if (missing === 0) return 'every row has the same value';
  return `every row that has a value has the same one, ${missing} of ${rows} have none`;
}

function kindOfNumbers({ isCounting, isBeyondNumbers, integers, rows, name }: ColumnFacts): FoundKind {
  const isWhole = integers === rows;
  if (isCounting && isWhole && rows >= FEW_ROWS) return { kind: 'ignore', why: 'it counts the rows' };
  if (isWhole && isIdentifierName(name)) return { kind: 'ignore', why: 'an identifier, by its name' };
  if (isBeyondNumbers) return { kind: 'ignore', why: 'whole numbers beyond 2^53, which a model cannot tell apart' };
  return { kind: 'number', why: 'numbers' };
}

function kindOfTexts(facts: ColumnFacts, known: number, distinct: number | undefined): FoundKind {
  const different = distinct ?? Number.POSITIVE_INFINITY;
  const isSparse = different > known / 2 && known >= FEW_ROWS;
  const counted = distinct ?? known;
  if (isSparse && facts.words / counted >= WORDS_OF_TEXT) return { kind: 'text', why: 'texts of several words' };
  if (different === known && known >= FEW_ROWS)
    return { kind: 'ignore', why: 'an identifier: every row has another value' };
  if (isIdentifierName(facts.name) && isSparse) return { kind: 'ignore', why: 'an identifier, by its name' };
  if (isSparse && different > MOST_DISTINCT) return { kind: 'ignore', why: 'hardly any value comes twice' };
  const why = distinct === undefined ? 'more than 10,000 different values' : `${distinct} different values`;
  return { kind: 'category', why: facts.codes > 0 ? `${why}, codes with zeros in front` : why };
}

/** `id`, `customer_id`, `CustomerId`, `uuid`. */
function isIdentifierName(name: string): boolean {
  return /(^|[_\s.-])(id|uuid|guid|index)$/i.test(name) || /[a-z](Id|ID)$/.test(name);
}

function listOf({ values = [] }: ColumnFacts): string {
  return values
    .slice(0, 4)
    .map(([value]) => value)
    .join(', ');
}
