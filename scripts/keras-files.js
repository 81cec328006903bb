/**
 * Opens the models of test/golden/files, which Keras has written, and saves each for Keras to go on with:
 *
 *   node scripts/keras-files.js FOLDER && python test/golden/generate/keras_files_back.py FOLDER
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Trainer } from '../dist/src/index.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Give the folder to write to.');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const files = fileURLToPath(new URL('../test/golden/files/', import.meta.url));
for (const name of (await readdir(files)).filter((one) => one.endsWith('.keras'))) {
  const trainer = await Trainer.create(join(files, name), { workers: 1 });
  await trainer.save(join(folder, name));
  await trainer.close();
}
