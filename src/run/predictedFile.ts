import { extname } from 'node:path';
import type { NamedTexts, OutputNaming } from './data/format.js';
import { parquetOf } from './data/table/source/parquet.js';
import { type Predictions, predictedColumns, predictionsCsv, predictionsJson } from './predictions.js';

const JSON_LINES = ['.jsonl', '.ndjson'];

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
