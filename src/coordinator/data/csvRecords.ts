import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine, reason, sizeOfFile } from '../../shared/files.js';
import { harmless } from './quoted.js';
import { requireUtf8 } from './utf8.js';

/** How many times its size, and how many bytes in any case, a gzipped file may unpack to. */
const MOST_UNPACKED = 64;
const LEAST_UNPACKED = 1 << 20;

/** How the text of a CSV file is cut into records. */
export interface CsvText {
  /** Lines to pass over at the start. */
  readonly skipRows: number;
  readonly delimiter: string;
}

const LINE_ENDS = ['\r\n', '\n', '\r'];

/** The 1-based line of the file that a record ends on, and its cells. */
export type OnRecord = (line: number, cells: readonly string[]) => void;

/**
 * Streams a CSV file, gzipped or not (told by its first bytes), and calls `onRecord` for each record in turn. Empty
 * lines are passed over, and bytes that are not UTF-8 are an error. What `onRecord` throws ends the reading.
 */
export async function readRecords(path: string, { skipRows, delimiter }: CsvText, onRecord: OnRecord): Promise<void> {
  const parser = parse({
    bom: true,
    trim: true,
    delimiter,
    // Each line may end in its own way: files are put together from parts of several systems.
    record_delimiter: LINE_ENDS,
    skip_empty_lines: true,
    relax_column_count: true,
    from_line: skipRows + 1,
    on_record: (cells: string[], { lines }) => {
      onRecord(lines, cells);
      return null;
    },
  });
  const zipped = await isGzip(path);
  const source = createReadStream(path);
  const reading = zipped
    ? pipeline(source, createGunzip(), limitOf(path, await sizeOfFile(path)), requireUtf8(path), parser, drain)
    : pipeline(source, requireUtf8(path), parser, drain);
  await reading.catch((error: unknown) => {
    throw readError(path, error);
  });
}

/** Passes on what a gzipped file unpacks to, up to a limit: tables shrink to a tenth, not to a thousandth. */
function limitOf(path: string, packed: number) {
  const most = MOST_UNPACKED * packed + LEAST_UNPACKED;
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > most) {
        throw userError(
          'CSV_TOO_PACKED',
          `${path} has ${packed} bytes and unpacks to more than ${most}; if you trust it, unpack it first and give the .csv file.`,
        );
      }
      yield chunk;
    }
  };
}

/** `on_record` has seen everything; nothing comes out at the end. */
async function drain(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}

async function isGzip(path: string): Promise<boolean> {
  const magic = Buffer.alloc(2);
  try {
    await sizeOfFile(path);
    const file = await open(path);
    await file.read(magic, 0, 2, 0).finally(() => file.close());
  } catch (error) {
    throw readError(path, error);
  }
  return magic[0] === 0x1f && magic[1] === 0x8b;
}

function readError(path: string, error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  if (error instanceof CsvError) {
    return userError('CSV_INVALID', `${path} is not valid CSV: ${harmless(firstLine(error))}.`, error);
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_'))
    return userError('CSV_UNREADABLE', `${path} is damaged: it cannot be unpacked (${code}).`, error);
  if (code === undefined) return error;
  return userError('CSV_UNREADABLE', `Data file ${path} cannot be read: ${reason(error)}.`, error);
}
