import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What files of inputs are called, and what those of their labels are. */
const words: readonly (readonly [inputs: RegExp, labels: string])[] = [
  [/images[-.]idx3/, 'labels-idx1'],
  [/images/, 'labels'],
  [/(?<![a-z])x(?![a-z])/, 'y'],
  [/(?<![A-Za-z])X(?![a-z])/, 'y'],
  [/features/, 'labels'],
  [/features/, 'target'],
  [/features/, 'targets'],
  [/inputs/, 'targets'],
  [/data/, 'labels'],
];

/** The file of labels beside a file of inputs, by their names: `y_train.npy` of `x_train.npy`; undefined where there is none. */
export async function labelsBeside(path: string): Promise<string | undefined> {
  const name = basename(path);
  for (const [inputs, labels] of words) {
    const other = name.replace(inputs, labels);
    if (other === name) continue;
    for (const candidate of [other, `${other}.gz`, other.replace(/\.gz$/, '')]) {
      const beside = join(dirname(path), candidate);
      if (candidate !== name && (await isFile(beside))) return beside;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
