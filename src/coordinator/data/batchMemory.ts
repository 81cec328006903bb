import { type Column, columnArray } from '../../shared/memory/dataset.js';
import type { Dataset } from './dataset.js';

/** Memory of one batch, column by column, and the batch that it holds. */
interface Slot {
  dataset: Dataset;
  readonly memories: SharedArrayBuffer[];
}

/**
 * Batches in shared memory that is used again. Memory that ranks have seen is given back only when each of their threads
 * has collected its garbage, which threads that make none hardly do: without this a source would fill the memory it spares.
 */
export class BatchMemory {
  readonly #slots: Slot[] = [];

  /** A copy of a batch, in the place of one that is not needed any more. */
  keep(batch: Dataset, isNeeded: (dataset: Dataset) => boolean): Dataset {
    let slot = this.#slots.find(({ dataset }) => !isNeeded(dataset));
    if (slot === undefined) {
      slot = { dataset: batch, memories: [] };
      this.#slots.push(slot);
    }
    const { memories } = slot;
    let next = 0;
    const copy = (column: Column): Column => {
      const values = columnArray(column);
      const at = next++;
      if ((memories[at]?.byteLength ?? 0) < values.byteLength) memories[at] = new SharedArrayBuffer(values.byteLength);
      const kept = { ...column, memory: memories[at], byteOffset: 0 };
      columnArray(kept).set(values);
      return kept;
    };
    const { inputs, targets, weights } = batch;
    slot.dataset = { ...batch, inputs: inputs.map(copy), targets: targets.map(copy), weights: weights.map(copy) };
    return slot.dataset;
  }
}
