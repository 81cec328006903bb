import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrayFile } from '../../src/coordinator/data/arrays/arrayFile.js';
import { openCifar } from '../../src/coordinator/data/arrays/cifar.js';
import { openArrays } from '../../src/coordinator/data/arrays/open.js';
import { readWhole } from '../../src/coordinator/data/arrays/read.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import type { Choices } from '../helpers/faults.js';
import { mutateBytes, mutateValue } from './mutate.js';
import type { Subject } from './subject.js';

/** Files of arrays as NumPy and others wrote them, damaged. */

const golden = join(packageRoot(import.meta.url), 'test', 'golden', 'data', 'arrays');

const kinds: Readonly<Record<string, readonly string[]>> = {
  'arrays of np.save': [
    'int16.npy',
    'big-f8.npy',
    'halves.npy',
    'fortran.npy',
    'texts.npy',
    'version-3.npy',
    'structured.npy',
  ],
  'archives of np.savez': ['stored.npz'],
  'packed archives of np.savez': ['packed.npz', 'digits.npz'],
  'safetensors files': ['tensors.safetensors'],
  'IDX files': ['pictures-idx3-ubyte', 'floats-idx2'],
  'gzipped IDX files': ['pictures-idx3-ubyte.gz', 'digits-labels-idx1-ubyte.gz'],
  'CIFAR files': ['cifar100.bin'],
};

export async function arraySubjects(): Promise<Subject[]> {
  const file = 'damaged';
  const share = 1 / (Object.keys(kinds).length + 1);
  const read = (open: (path: string) => Promise<ArrayFile>) => async (folder: string) => {
    const path = join(folder, file);
    const opened = await open(path);
    try {
      for (const name of opened.names) readWhole(await opened.open(name));
    } finally {
      opened.close();
    }
  };
  const whole = Object.entries(kinds).map(async ([title, names]): Promise<Subject> => {
    const good = await Promise.all(names.map((name) => readFile(join(golden, name))));
    const damage = (choices: Choices) => ({ [file]: mutateBytes(choices.of(good), choices) });
    return { kind: 'arrays', title, share, damage, read: read(openerOf(title)) };
  });
  return [...(await Promise.all(whole)), { ...(await headSubject(file, share)), read: read(openArrays) }];
}

function openerOf(title: string): (path: string) => Promise<ArrayFile> {
  return title.startsWith('CIFAR') ? (path) => openCifar(path, 'train', 'cifar100') : openArrays;
}

/** Heads of safetensors whose values are others. */
async function headSubject(file: string, share: number): Promise<Omit<Subject, 'read'>> {
  const bytes = await readFile(join(golden, 'tensors.safetensors'));
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const head = JSON.parse(bytes.toString('utf8', 8, end));
  const damage = (choices: Choices) => {
    const text = Buffer.from(JSON.stringify(mutateValue(head, choices)) ?? '');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return { [file]: Buffer.concat([length, text, bytes.subarray(end)]) };
  };
  return { kind: 'arrays', title: 'safetensors files whose heads say something else', share, damage };
}
