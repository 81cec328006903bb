import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import type { RowSource } from '../options/trainerOptions.js';
import { show } from '../options/values.js';
import { BatchMemory } from './batchMemory.js';
import { type BatchSource, numberedRows } from './batchSource.js';
import { labelled } from './calls.js';
import { type Dataset, openBatch } from './dataset.js';
import { type DataModel, programFor } from './lengths.js';
import { readAhead, UnreadableRows } from './readAhead.js';

/** A permutation holds row numbers as int32. */
const MOST_ROWS = 2 ** 31 - 1;

/** `name`: that of the source, for the message. */
export function requireRows({ rows }: RowSource, name: string): void {
  if (Number.isSafeInteger(rows) && rows >= 1 && rows <= MOST_ROWS) return;
  throw userError('INVALID_DATA', `${name} has rows ${show(rows)}; give how many there are, from 1 to ${MOST_ROWS}.`);
}

/** The rows of a source, read and checked batch by batch, a little ahead of the ranks and one batch after another. */
export function batchesFrom(source: RowSource, model: DataModel): BatchSource {
  const { rows } = source;
  requireRows(source, 'The data source');
  const memory = new BatchMemory();
  return {
    rows,
    ...numberedRows,
    close: async () => source.close?.(),
    epoch: ({ pass, order, batchSize, firstBatch, endBatch, isHeld }) => {
      const numbers = order === null ? null : new Int32Array(order);
      const rowsOf = (batch: number): Int32Array => {
        const [from, to] = [batch * batchSize, Math.min((batch + 1) * batchSize, rows)];
        return numbers?.slice(from, to) ?? Int32Array.from({ length: to - from }, (_, i) => from + i);
      };
      const keep = (batch: Dataset, isAhead: (dataset: Dataset) => boolean): Dataset =>
        memory.keep(batch, (dataset) => isAhead(dataset) || isHeld(dataset));
      const read = (batch: number): Promise<Dataset> => readRows({ source, pass, model }, rowsOf(batch));
      return readAhead({ batchSize, firstBatch, endBatch, read, keep });
    },
  };
}

/** Who is asked, for which pass over the rows. */
interface Asked {
  readonly source: RowSource;
  readonly pass: number;
  readonly model: DataModel;
}

async function readRows(asked: Asked, rows: Int32Array): Promise<Dataset> {
  try {
    return await openRead(asked, rows);
  } catch (error) {
    const row = await rowToBlame(asked, rows, error);
    const which =
      row === null ? `${rows.length} rows of the data source, ${listOf(rows)},` : `Row ${row} of the data source`;
    throw new UnreadableRows(`${which} cannot be read: ${firstLine(error)}`, { cause: error });
  }
}

/** Asks the source for rows by their numbers, which it may keep, and checks what it gives as all data are checked. */
async function openRead({ source, pass, model }: Asked, rows: Int32Array): Promise<Dataset> {
  const data = labelled('read', await source.read(rows.slice(), pass));
  const dataset = openBatch(data, await programFor(model, data.x));
  if (dataset.rows !== rows.length) {
    throw userError('ROWS_DIFFER', `read was given ${rows.length} row numbers and returned ${dataset.rows} rows`);
  }
  return dataset;
}

/** The first row that fails by itself in the way that all did; null where there is none. */
async function rowToBlame(asked: Asked, rows: Int32Array, error: unknown): Promise<number | null> {
  for (const row of rows) {
    const alone = await openRead(asked, Int32Array.of(row)).then(
      () => null,
      (failed: unknown) => failed,
    );
    if (alone !== null && kindOf(alone) === kindOf(error)) return row;
  }
  return null;
}

/** Messages about values name places within the batch, so their code tells what is wrong. */
function kindOf(error: unknown): string {
  return error instanceof LockstepError ? error.code : firstLine(error);
}

function listOf(rows: Int32Array): string {
  return rows.length > 3 ? `${rows.slice(0, 3).join(', ')}, …` : rows.join(', ');
}
