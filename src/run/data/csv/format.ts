import type { DataFormat } from '../format.js';
import { keptOfTable } from './kept.js';
import { loadLabelledRows, loadRows, loadTable } from './load.js';
import type { Preprocessing } from './reading.js';
import { csvSection } from './section.js';

/** A table of numbers and labels as text, gzipped or not. */
export const csv: DataFormat<typeof csvSection, Preprocessing> = {
  key: 'csv',
  schema: csvSection,
  paths: ['csv', 'validation'],
  file: 'a .csv or .csv.gz file',
  areModules: false,
  conflict({ scale, standardize, decimal = '.', thousands }) {
    if (scale !== undefined && standardize) {
      return 'data.scale and data.standardize are both given; standardizing needs no scale, so remove one';
    }
    if (thousands !== decimal) return undefined;
    return `data.decimal and data.thousands are both "${thousands}"; give each a mark of its own`;
  },
  load: loadTable,
  learn: async (data, request) => (await loadTable(data, request)).kept,
  read: (path, kept, model) => loadRows(path, known(kept), model),
  readLabelled: (path, kept, model) => loadLabelledRows(path, known(kept), model),
  keptSchema: keptOfTable,
  difference: (began, found, run) =>
    began.digest === found.digest
      ? undefined
      : `no longer holds the data that the run in ${run} was started with; restore the file`,
  naming: (kept) => known(kept),
};

/** `learn` stands in where nothing is stored, so there is always something. */
function known(kept: Preprocessing | undefined): Preprocessing {
  if (kept !== undefined) return kept;
  throw new Error('a table is read without what its run kept');
}
