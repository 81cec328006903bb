import type { Hdf5Dataset } from './dataset.js';
import { Hdf5Fault } from './fault.js';
import { type Hdf5Group, type Hdf5Node, readHdf5 } from './read.js';
import { type BytesPlace, Hdf5Source } from './source.js';
import { bytesOfDataset, floatsOf, floatsOfDataset } from './values.js';

/** A file of HDF5, whose tensors are read as they are asked for. */
export class Hdf5File {
  readonly #source: Hdf5Source;
  readonly root: Hdf5Group;

  constructor(place: BytesPlace) {
    this.#source = new Hdf5Source(place);
    this.root = readHdf5(this.#source);
  }

  /** Elements of all its tensors: as many as all weights together may have. */
  get elements(): number {
    const count = (node: Hdf5Node): number =>
      node.kind === 'dataset'
        ? node.length / node.type.size
        : [...node.members.values()].reduce((sum, member) => sum + count(member), 0);
    return count(this.root);
  }

  group(path: string): Hdf5Group | undefined {
    const found = this.#find(path);
    return found?.kind === 'group' ? found : undefined;
  }

  dataset(path: string): Hdf5Dataset | undefined {
    const found = this.#find(path);
    return found?.kind === 'dataset' ? found : undefined;
  }

  requireDataset(path: string): Hdf5Dataset {
    const found = this.dataset(path);
    if (found !== undefined) return found;
    throw new Hdf5Fault(`it has no tensor ${path}`);
  }

  /** A text that is an attribute of the file. */
  text(name: string): string | undefined {
    return this.root.attributes.get(name)?.[0];
  }

  /** Texts of an attribute of a group; Keras spreads long lists over several: `layer_names0`, `layer_names1`, … */
  texts(name: string, path: string): readonly string[] {
    const attributes = this.group(path)?.attributes ?? new Map<string, readonly string[]>();
    const whole = attributes.get(name);
    if (whole !== undefined) return whole;
    const parts: string[] = [];
    for (let i = 0; attributes.has(`${name}${i}`); i++) parts.push(...(attributes.get(`${name}${i}`) ?? []));
    return parts;
  }

  /** The datasets `0`, `1`, … of a group, by their numbers; none where it is not there. */
  numbered(path: string): Hdf5Dataset[] {
    const members = this.group(path)?.members ?? new Map<string, Hdf5Node>();
    return Array.from({ length: members.size }, (_, i) => {
      const dataset = members.get(`${i}`);
      if (dataset?.kind === 'dataset') return dataset;
      throw new Hdf5Fault(`its group ${path} has ${members.size} members, but none is number ${i}`);
    });
  }

  floats(dataset: Hdf5Dataset): Float32Array<ArrayBuffer> {
    return floatsOfDataset(this.#source, dataset);
  }

  /** A single number, whole ones up to 2⁵³ exactly. */
  number(dataset: Hdf5Dataset): number {
    if (dataset.length !== dataset.type.size) throw new Hdf5Fault('it has a tensor where a number should stand');
    const bytes = bytesOfDataset(this.#source, dataset);
    const { kind, size } = dataset.type;
    if ((kind === 'int' || kind === 'uint') && size === 8) return Number(new BigInt64Array(bytes.buffer)[0]);
    return floatsOf(bytes, `${kind}${8 * size}`)[0];
  }

  #find(path: string): Hdf5Node | undefined {
    let found: Hdf5Node | undefined = this.root;
    for (const name of path.split('/')) {
      if (found?.kind !== 'group') return undefined;
      found = found.members.get(name);
    }
    return found;
  }
}
