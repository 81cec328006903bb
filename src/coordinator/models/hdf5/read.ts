import { attributesOf, type Hdf5Attributes } from './attributes.js';
import { datasetOf, type Hdf5Dataset } from './dataset.js';
import { Hdf5Fault } from './fault.js';
import { membersOf } from './group.js';
import { readHeader } from './header.js';
import type { Hdf5Source } from './source.js';

/**
 * Reads files of HDF5 as h5py writes them for Keras: groups, attributes of text, and datasets whose data lie in one piece. All
 * else is refused by name: chunks and compression, links, references, and data in other files (docs/decisions/0019-hdf5.md).
 * What is read of a file is bounded by its size.
 */

export interface Hdf5Group {
  readonly kind: 'group';
  readonly attributes: Hdf5Attributes;
  readonly members: ReadonlyMap<string, Hdf5Node>;
}

export type Hdf5Node = Hdf5Group | (Hdf5Dataset & { readonly attributes: Hdf5Attributes });

const SIGNATURE = '\x89HDF\r\n\x1a\n';
const MOST_OBJECTS = 200_000;
const DEEPEST = 64;

/** The tree of a file, without the data of its datasets. */
export function readHdf5(source: Hdf5Source): Hdf5Group {
  const root = new TreeReader(source).read(rootOf(source), 0);
  if (root.kind === 'group') return root;
  throw new Hdf5Fault('its root is no group');
}

/** The address of the header of the root group. */
function rootOf(source: Hdf5Source): number {
  const view = source.view(0, Math.min(source.size, 96)).expect(SIGNATURE);
  const version = view.u8();
  if (version > 3) throw new Hdf5Fault(`it is of version ${version}`);
  const isOld = version < 2;
  if (isOld) view.skip(4);
  const widths = [view.u8(), view.u8()];
  if (widths[0] !== 8 || widths[1] !== 8) throw new Hdf5Fault(`it has addresses of ${widths[0]} bytes`);
  view.skip(isOld ? (version === 0 ? 9 : 13) : 1);
  const base = view.u64();
  if (base !== 0) throw new Hdf5Fault(`it begins at ${base}`);
  view.skip(isOld ? 32 : 16);
  return view.u64();
}

class TreeReader {
  readonly #source: Hdf5Source;
  readonly #seen = new Set<number>();
  /** Bytes of all datasets so far: one that lies over another would be read twice. */
  #bytes = 0;

  constructor(source: Hdf5Source) {
    this.#source = source;
  }

  read(address: number, depth: number): Hdf5Node {
    if (this.#seen.has(address)) throw new Hdf5Fault('two names in it are of one object');
    this.#seen.add(address);
    if (this.#seen.size > MOST_OBJECTS) throw new Hdf5Fault(`it has more than ${MOST_OBJECTS} objects`);
    if (depth > DEEPEST) throw new Hdf5Fault(`its groups nest more than ${DEEPEST} deep`);
    const header = readHeader(this.#source, address);
    const attributes = attributesOf(this.#source, header);
    const members = membersOf(this.#source, header);
    if (members !== null) {
      return {
        kind: 'group',
        attributes,
        members: new Map(members.map(([name, at]) => [name, this.read(at, depth + 1)])),
      };
    }
    const dataset = datasetOf(header);
    if (dataset === null) throw new Hdf5Fault('it has an object that is neither a group nor a dataset');
    this.#requireBytes(dataset);
    return { ...dataset, attributes };
  }

  #requireBytes({ place, length }: Hdf5Dataset): void {
    if (typeof place === 'number') this.#source.require(place, length);
    this.#bytes += length;
    if (this.#bytes > this.#source.size) throw new Hdf5Fault('its tensors together are longer than the file');
  }
}
