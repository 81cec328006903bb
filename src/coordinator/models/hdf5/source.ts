import { readSync } from 'node:fs';
import { Hdf5Fault } from './fault.js';

/** `size` bytes of an open file from `base` on, or bytes in memory. */
export type BytesPlace =
  | { readonly descriptor: number; readonly base: number; readonly size: number }
  | { readonly bytes: Uint8Array };

/** Bytes that reading what describes a file may take, as so many times its size: parts of a hostile one may lie over each other. */
const MOST_PASSES = 8;

/** A file of HDF5, or the part of an open file that holds one: nothing outside it is ever read. */
export class Hdf5Source {
  readonly #place: BytesPlace;
  readonly size: number;
  #taken = 0;

  constructor(place: BytesPlace) {
    this.#place = place;
    this.size = 'bytes' in place ? place.bytes.length : place.size;
  }

  /** A view of bytes that describe the file; throws where it does not have them all. */
  view(address: number, length: number): Hdf5View {
    return new Hdf5View(this.read(address, length));
  }

  read(address: number, length: number): Uint8Array<ArrayBuffer> {
    this.require(address, length);
    this.#taken += length;
    if (this.#taken > MOST_PASSES * this.size) throw new Hdf5Fault('its parts lie over each other');
    const bytes = new Uint8Array(length);
    this.readInto(bytes, address);
    return bytes;
  }

  /** Fills `bytes` with those of the file from `address` on. */
  readInto(bytes: Uint8Array, address: number): void {
    this.require(address, bytes.length);
    const place = this.#place;
    if ('bytes' in place) {
      bytes.set(place.bytes.subarray(address, address + bytes.length));
      return;
    }
    const { descriptor, base } = place;
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(descriptor, bytes, done, bytes.length - done, base + address + done);
      if (got === 0) throw new Hdf5Fault('it ends too early');
      done += got;
    }
  }

  /** Throws unless the file has these bytes. */
  require(address: number, length: number): void {
    if (address >= 0 && length >= 0 && address + length <= this.size) return;
    throw new Hdf5Fault(`it points to ${length} bytes at ${address}, and it has ${this.size}`);
  }
}

const UNDEFINED = 0xffffffffffffffffn;

/** Reads numbers one after the other: little-endian, lengths and addresses of 8 bytes. */
export class Hdf5View {
  readonly bytes: Uint8Array;
  readonly #data: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.#data.getUint8(this.#next(1));
  }

  u16(): number {
    return this.#data.getUint16(this.#next(2), true);
  }

  u32(): number {
    return this.#data.getUint32(this.#next(4), true);
  }

  /** A length or an address. */
  u64(): number {
    const value = this.#data.getBigUint64(this.#next(8), true);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw new Hdf5Fault(`it has ${value} for a length or an address`);
  }

  /** An address; null where nothing is there. */
  address(): number | null {
    const value = this.#data.getBigUint64(this.#next(8), true);
    if (value === UNDEFINED) return null;
    this.at -= 8;
    return this.u64();
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  sized(bytes: number): number {
    if (bytes === 8) return this.u64();
    if (bytes === 4) return this.u32();
    return bytes === 2 ? this.u16() : this.u8();
  }

  take(length: number): Uint8Array {
    const start = this.#next(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A view of its own over bytes that have been passed over. */
  part(start: number, length: number): Hdf5View {
    return new Hdf5View(this.bytes.subarray(start, start + length));
  }

  skip(length: number): this {
    this.#next(length);
    return this;
  }

  /** Passes over what fills up to a multiple of 8. */
  align(): void {
    this.at = Math.min(Math.ceil(this.at / 8) * 8, this.bytes.length);
  }

  /** Throws unless these letters come next. */
  expect(signature: string): this {
    const found = Buffer.from(this.take(signature.length)).toString('latin1');
    if (found === signature) return this;
    throw new Hdf5Fault(`it has ${JSON.stringify(found)} where ${signature} should stand`);
  }

  #next(length: number): number {
    const start = this.at;
    if (length > this.left) throw new Hdf5Fault('one of its parts ends too early');
    this.at += length;
    return start;
  }
}

/** Text up to the first zero byte, or to the end. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}
