import { BytesWriter, roundUp } from './bytes.js';
import {
  attributeMessage,
  datasetMessages,
  type HeapText,
  objectHeader,
  symbolTableMessage,
  type TensorValues,
  type WrittenMessage,
} from './messages.js';

/** Writes files of HDF5 that h5py reads: groups, attributes of text, and tensors in one piece, as h5py itself writes them. */

export interface WrittenTensor {
  readonly shape: readonly number[];
  readonly values: TensorValues;
}

export interface WrittenGroup {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly members: Readonly<Record<string, WrittenGroup | WrittenTensor>>;
}

/** The bytes of a file, piece by piece; tensors are not copied. */
export interface WrittenFile {
  readonly size: number;
  pieces(): Iterable<Uint8Array>;
}

export function writeHdf5(root: WrittenGroup): WrittenFile {
  return new TreeWriter(root).write();
}

/** Symbols of one node, and most nodes of a tree unless a group needs more. */
const NODE_SYMBOLS = 8;
const TREE_NODES = 32;
const SUPERBLOCK = 96;
const LEAST_HEAP = 4096;
/** Small parts are handed on together. */
const PIECE = 2 ** 16;

interface Part {
  readonly address: number;
  readonly bytes: Uint8Array;
}

class TreeWriter {
  readonly #root: WrittenGroup;
  readonly #parts: Part[] = [];
  readonly #texts = new Map<string, HeapText>();
  /** Children that the node of a tree has room for. */
  readonly #treeNodes: number;
  #end = SUPERBLOCK;

  constructor(root: WrittenGroup) {
    this.#root = root;
    const nodes = Math.ceil(mostMembers(root) / NODE_SYMBOLS);
    this.#treeNodes = Math.max(TREE_NODES, 2 * Math.ceil(nodes / 2));
  }

  write(): WrittenFile {
    this.#writeTexts([...new Set(textsOf(this.#root))]);
    const root = this.#writeGroup(this.#root);
    this.#parts.unshift({ address: 0, bytes: this.#superblock(root) });
    const [parts, size] = [this.#parts, this.#end];
    return { size, pieces: () => joined(parts, size) };
  }

  #superblock(root: number): Uint8Array {
    const view = new BytesWriter(SUPERBLOCK).put('\x89HDF\r\n\x1a\n').u8(0, 0, 0, 0, 0, 8, 8, 0);
    view.u16(NODE_SYMBOLS / 2, this.#treeNodes / 2).u32(0);
    return view.u64(0, null, this.#end, null).u64(0, root).bytes;
  }

  /** All texts of attributes in one heap. */
  #writeTexts(texts: readonly string[]): void {
    if (texts.length === 0) return;
    const encoded = texts.map((text) => Buffer.from(text));
    const used = 16 + encoded.reduce((sum, { length }) => sum + 16 + roundUp(length), 0);
    // What is left is an object without a number.
    const size = Math.max(LEAST_HEAP, used + 16);
    const view = new BytesWriter(size).put('GCOL').u8(1, 0, 0, 0).u64(size);
    for (const [i, bytes] of encoded.entries()) {
      view
        .u16(i + 1, 0)
        .u32(0)
        .u64(bytes.length)
        .put(bytes)
        .align();
    }
    view
      .u16(0, 0)
      .u32(0)
      .u64(size - used);
    const heap = this.#add(view.bytes);
    for (const [i, text] of texts.entries()) {
      this.#texts.set(text, { length: encoded[i].length, heap, index: i + 1 });
    }
  }

  #writeGroup({ attributes = {}, members }: WrittenGroup): number {
    const symbols = Object.entries(members).map(([name, member]) => {
      const address = 'members' in member ? this.#writeGroup(member) : this.#writeTensor(member);
      return { name: Buffer.from(`${name}\0`), address };
    });
    symbols.sort((a, b) => Buffer.compare(a.name, b.name));
    const { heap, offsets } = this.#writeHeap(symbols.map(({ name }) => name));
    const nodes = this.#writeNodes(symbols.map(({ address }, i) => ({ offset: offsets[i], address })));
    const told = Object.entries(attributes).map(([name, value]) => this.#attribute(name, value));
    return this.#add(objectHeader([symbolTableMessage(this.#writeTree(nodes), heap), ...told]));
  }

  #attribute(name: string, value: string | readonly string[]): WrittenMessage {
    const texts = typeof value === 'string' ? [value] : value;
    const shape = typeof value === 'string' ? [] : [value.length];
    return attributeMessage(
      name,
      shape,
      texts.map((text) => this.#texts.get(text) as HeapText),
    );
  }

  #writeTensor({ shape, values }: WrittenTensor): number {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const address = bytes.length === 0 ? null : this.#add(bytes);
    return this.#add(objectHeader(datasetMessages(shape, values, address)));
  }

  /** Names behind the empty one, and where each begins. */
  #writeHeap(names: readonly Uint8Array[]): { heap: number; offsets: number[] } {
    const view = new BytesWriter(8 + names.reduce((sum, { length }) => sum + roundUp(length), 0)).skip(8);
    let offset = 8;
    const offsets = names.map((name) => {
      const own = offset;
      view.put(name).align();
      offset += roundUp(name.length);
      return own;
    });
    const data = this.#add(view.bytes);
    // 1 says that no part of it is free.
    const heap = this.#add(new BytesWriter(32).put('HEAP').skip(4).u64(view.bytes.length, 1, data).bytes);
    return { heap, offsets };
  }

  /** Nodes of symbols: the address and the last name of each. */
  #writeNodes(symbols: readonly { offset: number; address: number }[]): { address: number; last: number }[] {
    const nodes: { address: number; last: number }[] = [];
    for (let first = 0; first < symbols.length; first += NODE_SYMBOLS) {
      const own = symbols.slice(first, first + NODE_SYMBOLS);
      const view = new BytesWriter(8 + 40 * NODE_SYMBOLS).put('SNOD').u8(1, 0).u16(own.length);
      for (const { offset, address } of own) view.u64(offset, address).skip(24);
      nodes.push({ address: this.#add(view.bytes), last: own[own.length - 1].offset });
    }
    return nodes;
  }

  #writeTree(nodes: readonly { address: number; last: number }[]): number {
    const view = new BytesWriter(24 + 16 * this.#treeNodes + 8).put('TREE').u8(0, 0).u16(nodes.length).u64(null, null);
    view.u64(0);
    for (const { address, last } of nodes) view.u64(address, last);
    return this.#add(view.bytes);
  }

  /** Gives bytes the next place, at a multiple of 8. */
  #add(bytes: Uint8Array): number {
    const address = this.#end;
    this.#parts.push({ address, bytes });
    this.#end = roundUp(address + bytes.length);
    return address;
  }
}

function mostMembers({ members }: WrittenGroup): number {
  const inner = Object.values(members).map((member) => ('members' in member ? mostMembers(member) : 0));
  return inner.reduce((most, one) => Math.max(most, one), Object.keys(members).length);
}

function textsOf({ attributes = {}, members }: WrittenGroup): string[] {
  const inner = Object.values(members).flatMap((member) => ('members' in member ? textsOf(member) : []));
  return [...Object.values(attributes).flat(), ...inner];
}

/** The parts of a file, zeros between them where one does not end at a multiple of 8. */
function* joined(parts: readonly Part[], size: number): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let held = 0;
  let at = 0;
  for (const { address, bytes } of [...parts, { address: size, bytes: new Uint8Array(0) }]) {
    if (address > at) waiting.push(new Uint8Array(address - at));
    held += address - at;
    at = address + bytes.length;
    if (held + bytes.length > PIECE) {
      if (held > 0) yield Buffer.concat(waiting);
      [waiting, held] = [[], 0];
      yield bytes;
    } else {
      waiting.push(bytes);
      held += bytes.length;
    }
  }
  if (held > 0) yield Buffer.concat(waiting);
}
