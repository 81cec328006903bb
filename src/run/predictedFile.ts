import { extname } from 'node:path';
import { userError } from '../shared/errors.js';
import type { NamedTexts, OutputNaming } from './data/format.js';
import { parquetOf } from './data/table/source/parquet.js';
import { type Predictions, predictedColumns, predictionsCsv, predictionsJson } from './predictions.js';

const JSON_LINES = ['.jsonl', '.ndjson'];

/** All endings that tell a form; a name without one is a CSV's, as .txt is. */
const ENDINGS = ['', '.csv', '.txt', ...JSON_LINES, '.parquet', '.npy', '.npz'];

/** Refuses a path whose ending promises a form that `predict` does not write, compressed ones among them. */
export function requireKnownEnding(path: string): void {
  const ending = extname(path).toLowerCase();
  if (ENDINGS.includes(ending)) return;
  throw userError(
    'INVALID_OPTION',
    `--out was given ${path}, but no predictions are written as ${ending}; give a name that ends in .csv, .jsonl, .parquet, .npy or .npz (.txt, or a name without an ending, is CSV; .ndjson is .jsonl).`,
  );
}

/** What `predict` writes to a path: the ending of its name tells the form, which is CSV where it tells none. */
export async function predictedFile(
  path: string,
  predictions: Predictions,
  naming: OutputNaming,
  named: readonly NamedTexts[] = [],
): Promise<string | Uint8Array> {
  const ending = extname(path).toLowerCase();
  if (ending === '.parquet') return parquetOf(predictedColumns(predictions, naming, named));
  return (JSON_LINES.includes(ending) ? predictionsJson : predictionsCsv)(predictions, naming, named);
}
