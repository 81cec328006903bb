import type { ColumnSpec } from '../section.js';
import type { FeatureKind } from './feature.js';
import { booleans, dates, type FittedNumbers, numbers } from './numeric.js';
import { categories, type FittedCategory, type FittedText, words } from './words.js';

/** Columns that become inputs. */
export type FeatureSpec = Exclude<ColumnSpec, { kind: 'ignore' }>;

/** What a run learned of one column. */
export type Fitted = FittedNumbers | FittedCategory | FittedText;

const kinds = { number: numbers, boolean: booleans, date: dates, category: categories, text: words };

/** The kind of a column; what it makes of values is its own. */
export function kindOf({ kind }: FeatureSpec): FeatureKind<ColumnSpec, unknown, Fitted> {
  return kinds[kind] as unknown as FeatureKind<ColumnSpec, unknown, Fitted>;
}
