import { type Hdf5Type, readDatatype } from './datatype.js';
import { Hdf5Fault } from './fault.js';
import { type Message, messages } from './header.js';
import type { Hdf5View } from './source.js';

/** Elements of one type in a shape, and where their bytes are. */
export interface Hdf5Dataset {
  readonly kind: 'dataset';
  readonly type: Hdf5Type;
  readonly shape: readonly number[];
  /** Bytes of all elements. */
  readonly length: number;
  /** Where they lie in the file; the bytes themselves where the header holds them. */
  readonly place: number | Uint8Array;
}

const MOST_AXES = 32;

/** Reads what a header says of a dataset; throws for data that are compressed, or that lie in other files. */
export function datasetOf(header: readonly Message[]): Hdf5Dataset | null {
  const find = (wanted: number): Hdf5View | undefined => header.find(({ type }) => type === wanted)?.view;
  const layout = find(messages.layout);
  if (layout === undefined) return null;
  if (find(messages.external) !== undefined) throw new Hdf5Fault('it has data that lie in another file');
  const [space, datatype] = [find(messages.dataspace), find(messages.datatype)];
  if (space === undefined || datatype === undefined) throw new Hdf5Fault('it has a dataset without a shape or a type');
  const [shape, type] = [readShape(space), readDatatype(datatype)];
  const length = type.size * elementsIn(shape);
  return { kind: 'dataset', type, shape, length, place: readPlace(layout, length) };
}

export function readShape(view: Hdf5View): number[] {
  const version = view.u8();
  const rank = view.u8();
  if (rank > MOST_AXES) throw new Hdf5Fault(`it has a shape of ${rank} axes`);
  view.skip(version === 1 ? 6 : 2);
  return Array.from({ length: rank }, () => view.u64());
}

/** Elements of a shape; throws for more than any file has. */
export function elementsIn(shape: readonly number[]): number {
  const elements = shape.reduce((product, length) => product * length, 1);
  if (Number.isSafeInteger(elements)) return elements;
  throw new Hdf5Fault(`it has a shape of ${elements} elements`);
}

const COMPACT = 0;
const CONTIGUOUS = 1;

function readPlace(view: Hdf5View, length: number): number | Uint8Array {
  const version = view.u8();
  if (version !== 3 && version !== 4) throw new Hdf5Fault(`it has a layout of version ${version}`);
  const layout = view.u8();
  if (layout === COMPACT) return requireLength(view.take(view.u16()), length);
  if (layout !== CONTIGUOUS) {
    throw new Hdf5Fault('it has data in chunks or of other files, which Keras does not write; save the weights again');
  }
  const address = view.address();
  const stored = view.u64();
  if (address === null && length === 0) return new Uint8Array(0);
  if (address === null || stored !== length) {
    throw new Hdf5Fault(`it has ${address === null ? 'no' : stored} bytes for a tensor of ${length}`);
  }
  return address;
}

function requireLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new Hdf5Fault(`it has ${bytes.length} bytes for a tensor of ${length}`);
}
