import { bytesRead } from '../../../coordinator/data/arrays/elements.js';
import {
  countOf,
  partOf,
  type Rows,
  type StoredArray,
  sizeOfShape,
} from '../../../coordinator/data/arrays/storedArray.js';
import type { Scaling } from '../../../coordinator/data/scaling.js';
import type { DataSource, LabelledData, RowSource } from '../../../coordinator/options/trainerOptions.js';
import type { InputFacts, OutputFacts } from '../../../coordinator/trainerFacts.js';
import { mostMemory } from '../../../shared/memory/beyondMemory.js';
import type { BatchedRows, CountedRows, LoadedRows } from '../format.js';
import { inputInFile, readInput } from './inputs.js';
import type { TargetReader } from './targets.js';

/** How rows of arrays are read for a model. */
export interface RowReader {
  readonly inputs: readonly { readonly array: StoredArray; readonly input: InputFacts; readonly scaling: Scaling }[];
  readonly targets: readonly { readonly output: OutputFacts; readonly reader: TargetReader | undefined }[] | null;
}

/** Rows that take more bytes than that are read while training goes on, where nobody says otherwise. */
const LARGE = 1 << 30;

/** Whether all rows are to be read before the first step. */
export function fitInMemory(arrays: readonly StoredArray[], choice: boolean | undefined): boolean {
  if (choice !== undefined) return choice;
  const bytes = arrays.reduce((sum, { element, shape }) => sum + sizeOfShape(shape) * bytesRead(element), 0);
  return bytes <= Math.min(LARGE, mostMemory() / 8) || arrays.every(({ source }) => source.isHeld);
}

/** The inputs of some rows, and their labels where they have some. */
export function readRows({ inputs, targets }: RowReader, rows: Rows): Pick<LoadedRows, 'x' | 'y'> {
  const x = inputs.map(({ array, input, scaling }) => [input.name, readInput(array, input, scaling, rows)] as const);
  if (targets === null) return { x: together(x) };
  const y = targets.flatMap(({ output, reader }): [string, DataSource][] =>
    reader === undefined ? [] : [[output.name, reader.read(rows)]],
  );
  return { x: together(x), y: together(y) };
}

/** What a model of one input or output takes alone, and else by names. */
function together(sources: readonly (readonly [name: string, source: unknown])[]): LabelledData['x'] {
  return (sources.length === 1 ? sources[0][1] : Object.fromEntries(sources)) as LabelledData['x'];
}

/** All of these rows at once. */
export function heldRows(reader: RowReader, rows: Rows): CountedRows {
  return { ...(readRows(reader, rows) as LabelledData), rows: countOf(rows) };
}

/**
 * The same rows with their inputs where they are: ranks read them, and only labels are in memory. undefined where inputs have to be
 * converted, or rows are in another order.
 */
export function rowsInFiles({ inputs, targets }: RowReader, rows: Rows): CountedRows | undefined {
  if (rows instanceof Int32Array) return undefined;
  const stored = inputs.map(({ array, input, scaling }) => inputInFile(array, input, scaling, rows));
  if (!stored.every((one) => one !== undefined)) return undefined;
  const x = together(inputs.map(({ input }, i) => [input.name, stored[i]] as const));
  const { y } = readRows({ inputs: [], targets }, rows);
  return { ...({ x, ...(y && { y }) } as unknown as LabelledData), rows: countOf(rows) };
}

/** The same rows, read for one batch after another, in any order. */
export function sourceOfRows(reader: RowReader, rows: Rows): RowSource {
  const at = (number: number): number => (rows instanceof Int32Array ? rows[number] : rows.from + number);
  return { rows: countOf(rows), read: (numbers) => readRows(reader, numbers.map(at)) as LabelledData };
}

/** The same rows in their order, batch by batch. */
export function batchesOfRows(reader: RowReader, rows: Rows): BatchedRows {
  const count = countOf(rows);
  return {
    rows: count,
    batches: (batchSize) =>
      async function* () {
        for (let from = 0; from < count; from += batchSize) {
          yield readRows(reader, partOf(rows, from, Math.min(count, from + batchSize))) as LabelledData;
        }
      },
  };
}
