import { closeSync, openSync, readSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { userError } from '../../../shared/errors.js';
import { firstLine, sizeOfFile } from '../../../shared/files.js';
import type { BytesPlace } from '../hdf5/source.js';
import { crc32, crcOfFile } from './crc32.js';

/** The members of a `.keras` file that are read. */
export const CONFIG = 'config.json';
export const WEIGHTS = 'model.weights.h5';
export const METADATA = 'metadata.json';

/** Bytes that a compressed member may become, as so many times the bytes that it takes. */
const MOST_EXPANSION = 100;
/** More than Keras writes; assets of layers are members too. */
const MOST_MEMBERS = 1000;
const STORED = 0;
const DEFLATED = 8;

/** An opened `.keras` file: a zip of `config.json` and `model.weights.h5`. */
export class KerasArchive implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #zip: ZipFile;
  readonly #members: ReadonlyMap<string, Entry>;

  private constructor(path: string, descriptor: number, zip: ZipFile, members: ReadonlyMap<string, Entry>) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#zip = zip;
    this.#members = members;
  }

  static async open(path: string): Promise<KerasArchive> {
    await sizeOfFile(path);
    const descriptor = openSync(path, 'r');
    try {
      const zip = await yauzl.openPromise(path, { autoClose: false, lazyEntries: true });
      return new KerasArchive(path, descriptor, zip, await membersOf(zip));
    } catch (error) {
      closeSync(descriptor);
      throw unreadable(path, firstLine(error), error);
    }
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  /** The text of a member; it is held to its checksum. */
  async text(name: string): Promise<string> {
    const entry = this.#require(name);
    try {
      const found = await text(await this.#zip.openReadStreamPromise(entry));
      this.#requireChecksum(entry, crc32(Buffer.from(found)));
      return found;
    } catch (error) {
      throw unreadable(this.#path, `its member ${name}: ${firstLine(error)}`, error);
    }
  }

  /** Where the bytes of a member lie in the file; those of a compressed one lie in memory. They are held to their checksum. */
  async place(name: string): Promise<BytesPlace> {
    const entry = this.#require(name);
    try {
      const { fileDataStart: base } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
      if (entry.compressionMethod !== STORED) return { bytes: await this.#inflate(entry) };
      const size = entry.uncompressedSize;
      this.#requireChecksum(entry, crcOfFile(this.#descriptor, base, size));
      return { descriptor: this.#descriptor, base, size };
    } catch (error) {
      throw unreadable(this.#path, `its member ${name}: ${firstLine(error)}`, error);
    }
  }

  async #inflate(entry: Entry): Promise<Uint8Array> {
    const bytes = new Uint8Array(entry.uncompressedSize);
    let end = 0;
    for await (const piece of await this.#zip.openReadStreamPromise(entry)) {
      bytes.set(piece as Uint8Array, end);
      end += (piece as Uint8Array).length;
    }
    this.#requireChecksum(entry, crc32(bytes));
    return bytes;
  }

  #require(name: string): Entry {
    const entry = this.#members.get(name);
    if (entry !== undefined) return entry;
    throw unreadable(this.#path, `it has no member ${name}`);
  }

  #requireChecksum({ crc32: wanted }: Entry, found: number): void {
    if (found !== wanted) throw new Error('its checksum is another one, so the file is damaged');
  }

  [Symbol.dispose](): void {
    this.#zip.close();
    closeSync(this.#descriptor);
  }
}

/** Names and sizes are looked at before anything is read. */
async function membersOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const members = new Map<string, Entry>();
  if (zip.entryCount > MOST_MEMBERS) throw new Error(`it has ${zip.entryCount} members`);
  // The library refuses names of other folders: `../x`, `/x`.
  for await (const entry of zip.eachEntry()) {
    const { fileName, compressedSize, uncompressedSize, compressionMethod } = entry;
    if (members.has(fileName)) throw new Error(`it has two members named ${fileName}`);
    if (entry.isEncrypted()) throw new Error(`its member ${fileName} is encrypted`);
    if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      throw new Error(`its member ${fileName} is compressed by method ${compressionMethod}`);
    }
    const most = compressionMethod === STORED ? zip.fileSize : MOST_EXPANSION * compressedSize;
    if (uncompressedSize > most) throw new Error(`its member ${fileName} is said to be of ${uncompressedSize} bytes`);
    members.set(fileName, entry);
  }
  return members;
}

function unreadable(path: string, what: string, cause?: unknown): Error {
  return userError(
    'UNREADABLE_MODEL',
    `${path} cannot be read as a .keras file: ${what}; save the model again.`,
    cause,
  );
}

/** Whether a file begins as a zip does. */
export const isZip = (path: string): boolean => beginsWith(path, 'PK\x03\x04');

/** Whether a file begins as one of HDF5 does. */
export const isHdf5 = (path: string): boolean => beginsWith(path, '\x89HDF');

function beginsWith(path: string, signature: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(signature.length);
    return readSync(descriptor, head, 0, head.length, 0) === head.length && head.toString('latin1') === signature;
  } finally {
    closeSync(descriptor);
  }
}
