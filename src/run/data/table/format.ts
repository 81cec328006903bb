import type { z } from 'zod';
import type { DataFormat, DataRequest } from '../format.js';
import { type KeptTable, keptOfTable } from './kept.js';
import { restored } from './labels.js';
import { inputShape, loadTable, readLabelled, readRows } from './load.js';
import { sqlSection, type TableConfig, tableSection } from './section.js';
import { isTable } from './survey/found.js';
import { starterOfTable } from './survey/starter.js';
import { surveyTable } from './survey/survey.js';

/** What holds for every table, wherever its rows come from. */
const shared = {
  areModules: false,
  conflict(
    { decimal = '.', thousands, split }: TableConfig,
    { validationSplit }: Parameters<DataFormat['conflict']>[1],
  ): string | undefined {
    const ways = split === undefined ? [] : Object.entries(split).filter(([, way]) => way !== false);
    if (ways.length > 1) return `data.split goes by ${ways.map(([way]) => way).join(' and by ')}; keep one`;
    if (ways.length > 0 && validationSplit === undefined) {
      return 'data.split says how rows are split off, but fit.validationSplit does not say how many; give it';
    }
    if (thousands !== decimal) return undefined;
    return `data.decimal and data.thousands are both "${thousands}"; give each a mark of its own`;
  },
  inputShape,
  load: loadTable,
  learn: async (data: TableConfig, request: DataRequest) => (await loadTable(data, request)).kept,
  read: (path, kept, model, passed) => readRows(path, known(kept), model, passed),
  readLabelled: (path, kept, model) => readLabelled(path, known(kept), model),
  keptSchema: keptOfTable,
  difference: (began, found, run) =>
    began.digest === found.digest
      ? undefined
      : `no longer holds the data that the run in ${run} was started with; restore the file`,
  naming(kept) {
    const { target, classes, labels, transform } = known(kept);
    const restore = (value: number, output: number): number => restored(transform, value, output);
    return { target, label: labels, ...(classes && { classes }), ...(transform.kind !== 'none' && { restore }) };
  },
} satisfies Omit<
  DataFormat<z.ZodObject, KeptTable>,
  'key' | 'schema' | 'paths' | 'file' | 'conflict' | 'inputShape' | 'load' | 'learn'
> &
  Record<string, unknown>;

/** A table of columns of any kind, which are learned from the training rows. */
export const table: DataFormat<typeof tableSection, KeptTable> = {
  ...shared,
  key: 'table',
  schema: tableSection,
  paths: ['table', 'validation'],
  file: 'a table (.csv, .tsv, .parquet, .jsonl), or a folder of tables',
  recognises: isTable,
  survey: surveyTable,
  starter: starterOfTable,
};

/** The same from a query over files. */
export const sql: DataFormat<typeof sqlSection, KeptTable> = {
  ...shared,
  key: 'sql',
  schema: sqlSection,
  paths: ['folder'],
  file: 'a table',
};

/** `learn` stands in where nothing is stored, so there is always something. */
function known(kept: KeptTable | undefined): KeptTable {
  if (kept !== undefined) return kept;
  throw new Error('a table is read without what its run kept');
}
