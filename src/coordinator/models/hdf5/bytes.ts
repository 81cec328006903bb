/** Bytes that are put together one number after the other, little-endian. */
export class BytesWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #data: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#data = new DataView(this.bytes.buffer);
  }

  u8(...values: readonly number[]): this {
    for (const value of values) this.#data.setUint8(this.#at++, value);
    return this;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) this.#data.setUint16(this.#next(2), value, true);
    return this;
  }

  u32(...values: readonly number[]): this {
    for (const value of values) this.#data.setUint32(this.#next(4), value, true);
    return this;
  }

  /** Lengths and addresses; null is no address. */
  u64(...values: readonly (number | null)[]): this {
    for (const value of values) this.#data.setBigUint64(this.#next(8), BigInt(value ?? 0xffffffffffffffffn), true);
    return this;
  }

  put(bytes: Uint8Array | string): this {
    const given = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.bytes.set(given, this.#next(given.length));
    return this;
  }

  skip(length: number): this {
    this.#next(length);
    return this;
  }

  /** Leaves zeros up to a multiple of 8. */
  align(): this {
    this.#at = roundUp(this.#at);
    return this;
  }

  #next(length: number): number {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** The next multiple of 8. */
export const roundUp = (length: number): number => Math.ceil(length / 8) * 8;
