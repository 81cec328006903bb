import { Hdf5Fault } from './fault.js';
import { type Hdf5Source, Hdf5View } from './source.js';

/** One message of an object header. */
export interface Message {
  readonly type: number;
  readonly view: Hdf5View;
}

/** The numbers of the messages that are read, or that say that something cannot be read. */
export const messages = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  external: 7,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

/** More than any object of Keras's files has. */
const MOST_MESSAGES = 4096;
const MOST_CHUNKS = 64;
const SHARED = 2;

interface Chunk {
  readonly address: number;
  readonly length: number;
}

/** The messages of the object whose header is at `address`, in either form. */
export function readHeader(source: Hdf5Source, address: number): Message[] {
  const [first] = source.read(address, 4);
  return first === 'O'.charCodeAt(0)
    ? new HeaderReader(source, 2).read(address)
    : new HeaderReader(source, 1).read(address);
}

class HeaderReader {
  readonly #source: Hdf5Source;
  readonly #version: 1 | 2;
  readonly #messages: Message[] = [];
  readonly #chunks: Chunk[] = [];
  /** Whether messages of version 2 have their order of creation. */
  #isOrdered = false;

  constructor(source: Hdf5Source, version: 1 | 2) {
    this.#source = source;
    this.#version = version;
  }

  read(address: number): Message[] {
    this.#chunks.push(this.#version === 1 ? this.#prefix(address) : this.#prefix2(address));
    for (let i = 0; i < this.#chunks.length; i++) {
      if (i === MOST_CHUNKS) throw new Hdf5Fault(`it has an object of more than ${MOST_CHUNKS} parts`);
      this.#readChunk(this.#chunks[i], i > 0);
    }
    return this.#messages;
  }

  #prefix(address: number): Chunk {
    const view = this.#source.view(address, 16);
    const version = view.u8();
    if (version !== 1) throw new Hdf5Fault(`it has an object header of version ${version}`);
    view.skip(7);
    return { address: address + 16, length: view.u32() };
  }

  #prefix2(address: number): Chunk {
    const view = this.#source.view(address, Math.min(64, this.#source.size - address)).expect('OHDR');
    const version = view.u8();
    if (version !== 2) throw new Hdf5Fault(`it has an object header of version ${version}`);
    const flags = view.u8();
    this.#isOrdered = (flags & 4) !== 0;
    view.skip(((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0));
    const length = view.sized(1 << (flags & 3));
    return { address: address + view.at, length };
  }

  #readChunk({ address, length }: Chunk, isContinued: boolean): void {
    const view = this.#source.view(address, length);
    if (this.#version === 2 && isContinued) view.expect('OCHK');
    const frame = this.#version === 1 ? 8 : this.#isOrdered ? 6 : 4;
    // A continued part of version 2 ends with a checksum.
    const end = length - (this.#version === 2 && isContinued ? 4 : 0);
    while (view.at + frame <= end) this.#readMessage(view);
  }

  #readMessage(view: Hdf5View): void {
    if (this.#messages.length === MOST_MESSAGES) {
      throw new Hdf5Fault(`it has an object of more than ${MOST_MESSAGES} messages`);
    }
    const type = this.#version === 1 ? view.u16() : view.u8();
    const size = view.u16();
    const flags = view.u8();
    view.skip(this.#version === 1 ? 3 : this.#isOrdered ? 2 : 0);
    const message = { type, view: new Hdf5View(view.take(size)) };
    const isRead = Object.values<number>(messages).includes(type);
    if (isRead && (flags & SHARED) !== 0) throw new Hdf5Fault('it has messages that objects share');
    if (type !== messages.continuation) this.#messages.push(message);
    else this.#chunks.push({ address: message.view.u64(), length: message.view.u64() });
  }
}
