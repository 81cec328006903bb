import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import type { Program } from '../../shared/program/program.js';
import type { RowSource } from '../options/trainerOptions.js';
import { show } from '../options/values.js';
import { BatchMemory } from './batchMemory.js';
import type { BatchSource, EpochBatches } from './batchSource.js';
import { labelled } from './calls.js';
import { type Dataset, openDataset } from './dataset.js';

/** Batches that are read ahead of the one that is trained on. */
const AHEAD = 2;

/** How long the end of an epoch waits for a `read` under way, which may never answer. */
const LEAVE_AFTER_MS = 5_000;

/** A permutation holds row numbers as int32. */
const MOST_ROWS = 2 ** 31 - 1;

/** Rows of a source that cannot be had; `fit` says where it stands and how to go on. */
export class UnreadableRows extends Error {
  override readonly name = 'UnreadableRows';
}

/** `name`: that of the source, for the message. */
export function requireRows({ rows }: RowSource, name: string): void {
  if (Number.isSafeInteger(rows) && rows >= 1 && rows <= MOST_ROWS) return;
  throw userError('INVALID_DATA', `${name} has rows ${show(rows)}; give how many there are, from 1 to ${MOST_ROWS}.`);
}

/** The rows of a source, read and checked batch by batch, a little ahead of the ranks and one batch after another. */
export function batchesFrom(source: RowSource, program: Program): BatchSource {
  const { rows } = source;
  requireRows(source, 'The data source');
  const memory = new BatchMemory();
  return {
    rows,
    epoch: (order, batchSize, firstBatch, isHeld) => {
      const numbers = order === null ? null : new Int32Array(order);
      const rowsOf = (batch: number): Int32Array => {
        const [from, to] = [batch * batchSize, Math.min((batch + 1) * batchSize, rows)];
        return numbers?.slice(from, to) ?? Int32Array.from({ length: to - from }, (_, i) => from + i);
      };
      const batches = Math.ceil(rows / batchSize);
      const keep = (batch: Dataset, isAhead: (dataset: Dataset) => boolean): Dataset =>
        memory.keep(batch, (dataset) => isAhead(dataset) || isHeld(dataset));
      const read = (batch: number): Promise<Dataset> => readRows(source, rowsOf(batch), program);
      return readAhead({ firstBatch, batches, batchSize, read, keep });
    },
  };
}

interface Reading {
  readonly firstBatch: number;
  readonly batches: number;
  readonly batchSize: number;
  read(batch: number): Promise<Dataset>;
  /** A copy in memory that holds no batch in use: none ahead, and none that a recovery may need. */
  keep(batch: Dataset, isAhead: (dataset: Dataset) => boolean): Dataset;
}

/** Each batch is a dataset of its own, that stays as long as a recovery may need it. */
function readAhead({ firstBatch, batches, batchSize, read, keep }: Reading): EpochBatches {
  const ahead: Promise<Dataset>[] = [];
  /** Those that are read and not trained on yet, the one that the ranks are at included. */
  const waiting: Dataset[] = [];
  let taken = 0;
  let last: Promise<unknown> = Promise.resolve();
  let next = firstBatch;
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new Error('The epoch has ended.');
  };
  const request = (): void => {
    while (ahead.length < AHEAD && next < batches) {
      const batch = next++;
      const reading = last.then(async () => {
        requireOpen();
        const rows = await read(batch);
        requireOpen();
        const kept = keep(rows, (dataset) => waiting.includes(dataset));
        waiting.push(kept);
        return kept;
      });
      // Whoever takes the batch hears of it.
      reading.catch(() => {});
      last = reading;
      ahead.push(reading);
    }
  };
  return {
    most: 1,
    take: async () => {
      if (taken++ > 0) waiting.shift();
      request();
      const dataset = await (ahead.shift() as Promise<Dataset>);
      request();
      return { dataset, order: null, batchSize, firstBatch: 0, endBatch: 1 };
    },
    close: async () => {
      closed = true;
      await settledWithin(LEAVE_AFTER_MS, last);
    },
  };
}

/** Resolves when that is settled, or after so many milliseconds. */
async function settledWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}

async function readRows(source: RowSource, rows: Int32Array, program: Program): Promise<Dataset> {
  try {
    return await openRead(source, rows, program);
  } catch (error) {
    const row = await rowToBlame(source, rows, program, error);
    const which =
      row === null ? `${rows.length} rows of the data source, ${listOf(rows)},` : `Row ${row} of the data source`;
    throw new UnreadableRows(`${which} cannot be read: ${firstLine(error)}`, { cause: error });
  }
}

/** Asks the source for rows by their numbers, which it may keep, and checks what it gives as all data are checked. */
async function openRead(source: RowSource, rows: Int32Array, program: Program): Promise<Dataset> {
  const dataset = openDataset(labelled('read', await source.read(rows.slice())), program);
  if (dataset.rows !== rows.length) {
    throw userError('ROWS_DIFFER', `read was given ${rows.length} row numbers and returned ${dataset.rows} rows`);
  }
  return dataset;
}

/** The first row that fails by itself in the way that all did; null where there is none. */
async function rowToBlame(
  source: RowSource,
  rows: Int32Array,
  program: Program,
  error: unknown,
): Promise<number | null> {
  for (const row of rows) {
    const alone = await openRead(source, Int32Array.of(row), program).then(
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
