import { Hdf5Fault } from './fault.js';
import { type Message, messages } from './header.js';
import { type Hdf5Source, type Hdf5View, textOf } from './source.js';

/** A member of a group: its name and the address of its object header. */
export type Member = readonly [name: string, address: number];

const MOST_MEMBERS = 100_000;
/** Cache type of a symbol that is a link to another path. */
const SYMBOLIC = 2;
const HARD = 0;

/** The members of a group; null where the object is none. Links, of which a file of weights has none, are refused. */
export function membersOf(source: Hdf5Source, header: readonly Message[]): Member[] | null {
  const table = header.find(({ type }) => type === messages.symbolTable);
  if (table !== undefined) return new SymbolTable(source, table.view.u64(), table.view.u64()).members();
  const info = header.find(({ type }) => type === messages.linkInfo);
  if (info === undefined) return null;
  requireCompact(info.view, 8, 'a group of many members in a heap');
  return header.filter(({ type }) => type === messages.link).map(({ view }) => readLink(view));
}

/** Throws where a group or an object keeps its members or attributes in a heap of their own. */
export function requireCompact(view: Hdf5View, orderBytes: number, what: string): void {
  view.skip(1);
  const flags = view.u8();
  view.skip((flags & 1) !== 0 ? orderBytes : 0);
  if (view.address() !== null) {
    throw new Hdf5Fault(`it has ${what}, as h5py writes for libver='latest'; write it with the default of libver`);
  }
}

function readLink(view: Hdf5View): Member {
  const version = view.u8();
  if (version !== 1) throw new Hdf5Fault(`it has a link of version ${version}`);
  const flags = view.u8();
  const type = (flags & 8) !== 0 ? view.u8() : HARD;
  view.skip(((flags & 4) !== 0 ? 8 : 0) + ((flags & 16) !== 0 ? 1 : 0));
  const name = textOf(view.take(view.sized(1 << (flags & 3))));
  if (type !== HARD) throw linked(name);
  return [name, view.u64()];
}

/** A group of the older form: a tree of nodes of symbols, whose names lie in a heap. */
class SymbolTable {
  readonly #source: Hdf5Source;
  readonly #tree: number;
  readonly #heap: Uint8Array;
  readonly #members: Member[] = [];
  readonly #seen = new Set<number>();

  constructor(source: Hdf5Source, tree: number, heap: number) {
    this.#source = source;
    this.#tree = tree;
    const view = source.view(heap, 32).expect('HEAP').skip(4);
    const length = view.u64();
    view.skip(8);
    this.#heap = source.read(view.u64(), length);
  }

  members(): Member[] {
    this.#readTree(this.#tree, Number.POSITIVE_INFINITY);
    return this.#members;
  }

  #readTree(address: number, above: number): void {
    this.#requireNew(address);
    const view = this.#source.view(address, 24).expect('TREE').skip(1);
    const level = view.u8();
    if (level >= above) throw new Hdf5Fault('a tree of one of its groups leads back to itself');
    const count = view.u16();
    const entries = this.#source.view(address + 24, 16 * count);
    for (let i = 0; i < count; i++) {
      const child = entries.skip(8).u64();
      if (level > 0) this.#readTree(child, level);
      else this.#readNode(child);
    }
  }

  #readNode(address: number): void {
    this.#requireNew(address);
    const head = this.#source.view(address, 8).expect('SNOD').skip(2);
    const count = head.u16();
    const view = this.#source.view(address + 8, 40 * count);
    for (let i = 0; i < count; i++) this.#members.push(this.#readSymbol(view));
    if (this.#members.length > MOST_MEMBERS) throw new Hdf5Fault(`a group of it has more than ${MOST_MEMBERS} members`);
  }

  #readSymbol(view: Hdf5View): Member {
    const [offset, address, cache] = [view.u64(), view.u64(), view.u32()];
    view.skip(20);
    if (offset >= this.#heap.length) throw new Hdf5Fault('a name of one of its groups lies outside its heap');
    const name = textOf(this.#heap.subarray(offset));
    if (cache === SYMBOLIC) throw linked(name);
    return [name, address];
  }

  #requireNew(address: number): void {
    if (this.#seen.has(address)) throw new Hdf5Fault('a tree of one of its groups leads back to itself');
    this.#seen.add(address);
  }
}

function linked(name: string): Hdf5Fault {
  return new Hdf5Fault(`its member ${name} is a link to another place or file, which no file of weights has`);
}
