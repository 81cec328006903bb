/** A float64 row of sums that grows to the largest ever asked for, so that no call allocates. Contents are not kept. */
export class ScratchRow {
  #row = new Float64Array(0);

  of(length: number): Float64Array {
    if (this.#row.length < length) this.#row = new Float64Array(length);
    return this.#row;
  }
}
