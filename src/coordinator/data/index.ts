/** Data sources for a run: the public `data` namespace. */
export { type CsvOptions, type CsvTable, readCsv as csv } from './csv.js';
