import { type ColumnChoice, type ColumnPlan, planColumns } from '../../../coordinator/data/csvColumns.js';
import { numberReader } from '../../../coordinator/data/numberCells.js';
import { listed, named } from '../../../coordinator/data/quoted.js';
import { suggestion } from '../../../coordinator/options/suggestion.js';
import { userError } from '../../../shared/errors.js';
import { type FeatureSpec, kindOf } from './features/index.js';
import type { ColumnSpec, TableConfig } from './section.js';
import type { TableSource } from './source/source.js';
import { surveyColumns } from './survey/facts.js';
import { kindOfColumn } from './survey/kinds.js';

/** A column that becomes inputs: what it is called, and of which kind it is. */
export interface FeatureColumn {
  readonly name: string;
  readonly spec: FeatureSpec;
}

/** Which columns of a table are what. */
export interface ChosenColumns {
  readonly features: readonly FeatureColumn[];
  readonly labels: readonly string[];
}

type Choices = Pick<TableConfig, 'label' | 'ignore' | 'columns' | 'missing' | 'standardize'>;

/** Settles the columns of the training table. Columns that the config does not tell of are what all their rows show. */
export async function chooseColumns(source: TableSource, choices: Choices): Promise<ChosenColumns> {
  const names = source.columns.map(({ name }) => name);
  const told = tellColumns(source.path, names, choices.columns);
  const ignored = names.filter((name) => told.get(name)?.kind === 'ignore');
  const ignore = [...(choices.ignore ?? []).flatMap((choice) => expanded(choice, names)), ...ignored];
  const header = source.dialect?.header ?? true;
  const plan = planColumns(source.path, names, header, { label: choices.label, ignore }, numberReader());
  const found = plan.features.some((index) => !told.has(names[index])) ? await findKinds(source, choices) : undefined;
  const features = plan.features.flatMap((index): FeatureColumn[] => {
    const spec = told.get(names[index]) ?? found?.[index];
    return spec === undefined || spec.kind === 'ignore' ? [] : [{ name: names[index], spec: settled(spec, choices) }];
  });
  if (features.length === 0)
    throw userError(
      'CSV_NO_FEATURES',
      `${source.path} has no column to learn from: all are labels, ignored, or hold nothing that tells rows apart.`,
    );
  for (const feature of features) requireType(source, feature);
  return { features, labels: plan.labels.map((index) => names[index]) };
}

/**
 * The columns of another table for the same model, by their names; labels may be absent. Without a header, `width` is how many the
 * training table has: columns of one as wide are where they are there.
 */
export function findColumns(
  source: TableSource,
  { features, labels, width }: ChosenColumns & { readonly width?: number },
): Pick<ColumnPlan, 'features' | 'labels'> {
  const names = source.columns.map(({ name }) => name);
  const header = (source.dialect?.header ?? true) || width === names.length;
  return planColumns(
    source.path,
    names,
    header,
    { features: features.map(({ name }) => name), label: labels },
    numberReader(),
  );
}

/** What the config tells of each column: its own name goes before a pattern, a pattern before one that stands below it. */
function tellColumns(path: string, names: readonly string[], columns: TableConfig['columns']): Map<string, ColumnSpec> {
  const told = new Map<string, ColumnSpec>();
  const entries = Object.entries(columns);
  for (const [key, spec] of [...entries.filter(([key]) => names.includes(key)), ...entries]) {
    const fitting = names.includes(key) ? [key] : matching(key, names);
    if (fitting.length === 0) {
      const next = key.includes('*') ? `its columns are ${listed(names, 10)}.` : suggestion(key, names.map(named));
      throw userError('CSV_COLUMN_MISSING', `${path} has no column ${named(key)}, which data.columns names; ${next}`);
    }
    for (const name of fitting) if (!told.has(name)) told.set(name, spec);
  }
  return told;
}

function expanded(choice: ColumnChoice, names: readonly string[]): readonly ColumnChoice[] {
  if (typeof choice === 'number' || !choice.includes('*') || names.includes(choice)) return [choice];
  const fitting = matching(choice, names);
  return fitting.length === 0 ? [choice] : fitting;
}

/** Names that a pattern fits, in which * stands for any letters. */
function matching(pattern: string, names: readonly string[]): string[] {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return names.filter((name) => expression.test(name));
}

async function findKinds(source: TableSource, choices: Choices): Promise<ColumnSpec[]> {
  const facts = await surveyColumns(source);
  return facts.map((column) => {
    const { kind, format, otherFormats = [] } = kindOfColumn(column);
    if (kind === 'date' && otherFormats.length > 0 && !choices.ignore?.includes(column.name))
      throw ambiguous(source.path, column.name, [format ?? '', ...otherFormats]);
    return specOf(kind, format);
  });
}

/** The day or the month may come first: nobody but the user knows. */
function ambiguous(path: string, name: string, formats: readonly string[]): Error {
  return userError(
    'DATE_AMBIGUOUS',
    `${path}, column ${named(name)}, holds dates that may be ${formats.join(' or ')}; say which in data.columns: ${named(name)}: { kind: date, format: ${formats[0]} }.`,
  );
}

/** A kind with the options that a config would leave out. */
function specOf(kind: ColumnSpec['kind'], format = 'YYYY-MM-DD'): ColumnSpec {
  if (kind === 'number' || kind === 'boolean') return { kind, indicator: false };
  if (kind === 'date') return { kind, indicator: false, format, parts: ['days'] };
  if (kind === 'category') return { kind, most: 100, least: 1 };
  return kind === 'text' ? { kind, words: 1000 } : { kind };
}

const FILLED_BY = { number: 'median', date: 'median', boolean: 'mostFrequent', category: 'unknown' } as const;

/** What the section says for all columns stands in each that does not say otherwise. */
function settled(spec: FeatureSpec, { missing, standardize }: Choices): FeatureSpec {
  if (spec.kind === 'text') return spec;
  const policy =
    spec.missing ?? (spec.fill !== undefined ? undefined : missing === 'fill' ? FILLED_BY[spec.kind] : missing);
  const rest = policy === undefined ? {} : { missing: policy };
  if (spec.kind === 'category') return { ...spec, ...rest } as FeatureSpec;
  return { ...spec, ...rest, standardize: spec.standardize ?? (spec.kind !== 'boolean' && standardize) } as FeatureSpec;
}

function requireType({ path, columns }: TableSource, { name, spec }: FeatureColumn): void {
  const { type } = columns.find((column) => column.name === name) ?? columns[0];
  if (kindOf(spec).wants(type) !== undefined) return;
  throw userError(
    'TABLE_KIND',
    `${path}, column ${named(name)}, holds ${type}s, which cannot be read as ${spec.kind}; give it another kind in data.columns.`,
  );
}
