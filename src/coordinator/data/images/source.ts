import type { LabelledData, RowSource } from '../../options/trainerOptions.js';
import { defaultLoaders, PictureLoader } from './loader.js';
import { type Pictures, requireNone } from './pictures.js';
import { labelsOf, type Targets } from './targets.js';
import { bytesOf } from './task.js';

/** Labelled pictures, each decoded when a batch needs it. */
export interface SourcePictures extends Pictures {
  readonly targets: Targets;
  /** What bytes are divided by. */
  readonly scale: number;
  readonly loaders?: number;
}

/**
 * Pictures as rows of a source: those of a batch are made by loader threads in memory that the next batch takes again, as what `read`
 * returns is copied before its next call.
 */
export function pictureSource({ targets, scale, loaders = defaultLoaders(), ...pictures }: SourcePictures): RowSource {
  const { folder, names, making } = pictures;
  const loader = new PictureLoader(loaders);
  let memory = new SharedArrayBuffer(0);
  const read = async (rows: Int32Array): Promise<LabelledData> => {
    const size = rows.length * bytesOf(making);
    if (memory.byteLength < size) memory = new SharedArrayBuffer(size);
    const chosen = Array.from(rows, (row) => names[row]);
    requireNone(await loader.load({ folder, names: chosen, making, out: memory }), { folder, names: chosen });
    return { x: pixelsOf(new Uint8Array(memory, 0, size), making, scale), y: labelsOf(targets, rows) };
  };
  return { rows: names.length, read, close: () => loader.close() };
}

/** Pixels as `fit` takes them. */
export function pixelsOf(values: Uint8Array, making: Pictures['making'], scale: number) {
  const { height, width, channels } = making;
  return { values, shape: [values.length / bytesOf(making), height, width, channels], scale: 1 / scale };
}
