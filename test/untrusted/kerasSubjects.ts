import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '../../src/coordinator/models/load.js';
import type { Choices } from '../helpers/faults.js';
import { mutateBytes } from './mutate.js';
import type { Subject } from './subject.js';

/** The names of the good files, as `Trainer.save` takes them. */
export const kerasNames = ['good.keras', 'good.h5'] as const;

/** Keras's files with bytes changed: a zip, whose checksums tell of most changes, and a file of HDF5, which has none. */
export async function kerasSubjects(folder: string): Promise<Subject[]> {
  const wholes = await Promise.all(kerasNames.map((name) => readFile(join(folder, name))));
  return kerasNames.map((name, i) => {
    const file = `damaged${name.slice(name.indexOf('.'))}`;
    return {
      kind: 'models',
      title: `${name.slice(name.indexOf('.'))} files of Keras with any bytes changed`,
      share: name.endsWith('.h5') ? 0.3 : 0.1,
      damage: (choices) => ({ [file]: damaged(wholes[i], choices) }),
      read: async (damagedIn) => {
        const { model } = await loadModel(join(damagedIn, file));
        model.dispose();
      },
    };
  });
}

/** Half of the changes are among what describes the file, which stands for the most part at its begin and its end. */
function damaged(whole: Uint8Array, choices: Choices): Uint8Array {
  if (choices.below(2) === 0) return mutateBytes(whole, choices);
  const copy = Buffer.from(whole);
  for (let change = 0; change <= choices.below(6); change++) {
    const at = choices.below(copy.length - 8);
    const values = [
      0n,
      0xffffffffffffffffn,
      BigInt(copy.length),
      0x7fffffffffffffffn,
      BigInt(choices.below(copy.length)),
    ];
    if (choices.below(2) === 0) copy.writeBigUInt64LE(choices.of(values), Math.floor(at / 8) * 8);
    else copy[at] = choices.below(256);
  }
  return copy;
}
