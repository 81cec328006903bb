import { elementsIn, readShape } from './dataset.js';
import { type Hdf5Type, readDatatype } from './datatype.js';
import { Hdf5Fault } from './fault.js';
import { requireCompact } from './group.js';
import { type Message, messages } from './header.js';
import { type Hdf5Source, type Hdf5View, textOf } from './source.js';

/** Texts of the attributes of an object by name; those of numbers are left out. */
export type Hdf5Attributes = ReadonlyMap<string, readonly string[]>;

const MOST_TEXTS = 100_000;

export function attributesOf(source: Hdf5Source, header: readonly Message[]): Hdf5Attributes {
  const info = header.find(({ type }) => type === messages.attributeInfo);
  if (info !== undefined) requireCompact(info.view, 2, 'an object of many attributes in a heap');
  const stored = header.filter(({ type }) => type === messages.attribute);
  return new Map(stored.flatMap(({ view }) => readAttribute(source, view)));
}

function readAttribute(source: Hdf5Source, view: Hdf5View): [string, string[]][] {
  const version = view.u8();
  if (version < 1 || version > 3) throw new Hdf5Fault(`it has an attribute of version ${version}`);
  view.skip(1);
  const [nameLength, typeLength, shapeLength] = [view.u16(), view.u16(), view.u16()];
  if (version === 3) view.skip(1);
  // Parts of version 1 are filled up to a multiple of 8.
  const part = (length: number): Hdf5View => {
    const start = view.at;
    view.skip(version === 1 ? Math.ceil(length / 8) * 8 : length);
    return view.part(start, length);
  };
  const name = textOf(part(nameLength).bytes);
  const type = readDatatype(part(typeLength));
  const elements = elementsIn(readShape(part(shapeLength)));
  if (type.kind !== 'text' && type.kind !== 'variableText') return [];
  if (elements > MOST_TEXTS) throw new Hdf5Fault(`its attribute ${name} has ${elements} texts`);
  return [[name, Array.from({ length: elements }, () => readText(source, view, type))]];
}

function readText(source: Hdf5Source, view: Hdf5View, type: Hdf5Type): string {
  if (type.kind === 'text') return textOf(view.take(type.size));
  const length = view.u32();
  const [address, index] = [view.address(), view.u32()];
  return length === 0 || address === null ? '' : textFromHeap(source, address, index).slice(0, length).toString('utf8');
}

/** An object of the global heap at an address. */
function textFromHeap(source: Hdf5Source, address: number, wanted: number): Buffer {
  const head = source.view(address, 16).expect('GCOL').skip(4);
  const end = head.u64();
  for (let at = 16; at + 16 <= end; ) {
    const object = source.view(address + at, 16);
    const index = object.u16();
    const length = object.skip(6).u64();
    if (index === wanted) return Buffer.from(source.read(address + at + 16, length));
    if (index === 0) break;
    at += 16 + Math.ceil(length / 8) * 8;
  }
  throw new Hdf5Fault('an attribute of it points to nothing');
}
