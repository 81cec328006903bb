import { userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import type { DatasetSource } from '../options/datasets.js';
import { BatchMemory } from './batchMemory.js';
import type { BatchSource } from './batchSource.js';
import { elementInputs } from './calls.js';
import { readSource } from './columns.js';
import type { Dataset } from './dataset.js';
import { DatasetReader, disposeTensors } from './datasetReader.js';
import { type DataModel, isOfShape } from './lengths.js';
import { sourcesFor } from './named.js';
import { readAhead, UnreadableRows } from './readAhead.js';

/** The batches of a dataset, `name` in messages; `open` reads an element of it. */
export function batchesOfDataset(
  given: DatasetSource<unknown>,
  name: string,
  open: (element: unknown) => Promise<Dataset>,
  model: DataModel,
): BatchSource {
  const reader = new DatasetReader(given);
  const memory = new BatchMemory();
  let largest = 0;
  const told = async <T>(batch: number, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw new UnreadableRows(`Batch ${batch + 1} of ${name} cannot be read: ${firstLine(error)}`, { cause: error });
    }
  };
  const readNext = async (): Promise<Dataset | null> => {
    const found = await reader.take();
    if (found === null) return null;
    const { element } = found;
    try {
      const batch = await open(element);
      largest = Math.max(largest, batch.rows);
      return batch;
    } catch (error) {
      throw isOneRow(element, model) ? oneRow(error) : error;
    } finally {
      disposeTensors(element);
    }
  };
  return {
    rows: null,
    hasBatch: (pass, batch) =>
      told(batch, async () => {
        await reader.seek(pass, batch);
        return reader.has();
      }),
    epoch: ({ pass, firstBatch, endBatch, isHeld }) =>
      readAhead({
        batchSize: largest,
        firstBatch,
        endBatch,
        read: (batch) =>
          told(batch, async () => {
            await reader.seek(pass, batch);
            return readNext();
          }),
        keep: (batch, isAhead) => memory.keep(batch, (dataset) => isAhead(dataset) || isHeld(dataset)),
      }),
    close: () => reader.close(),
  };
}

/** Whether an element has the inputs of one row, without an axis for the rows of a batch. */
function isOneRow(element: unknown, { program: { inputs }, lengths }: DataModel): boolean {
  const [{ name, shape: row }] = inputs;
  const names = inputs.map((input) => input.name);
  try {
    const [first] = sourcesFor('x', elementInputs(element, row.length + 1), names);
    if (typeof first === 'number') return true;
    const { shape } = readSource(first, { name, shape: row });
    return shape.length === 0 || isOfShape(shape, lengths?.rows[0] ?? row);
  } catch {
    return false;
  }
}

function oneRow(cause: unknown): Error {
  return userError(
    'SHAPE_MISMATCH',
    'it is one row, not a batch of rows; make batches of them first, as dataset.batch(32) does',
    cause,
  );
}
