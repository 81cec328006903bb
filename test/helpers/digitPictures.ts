import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { pngOf } from './pictures.js';

/** Real pictures: the first 40 of each class of examples/data/digits.csv.gz, 8 × 8 pixels of 0 to 16, as PNGs in a folder for each class. */
export async function writeDigits(folder: string): Promise<void> {
  const path = join(packageRoot(import.meta.url), 'examples', 'data', 'digits.csv.gz');
  const rows = gunzipSync(await readFile(path))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
  const counts = new Map<number, number>();
  for (const row of rows) {
    const label = row[64];
    const number = counts.get(label) ?? 0;
    counts.set(label, number + 1);
    if (number >= 40) continue;
    await mkdir(join(folder, String(label)), { recursive: true });
    const picture = pngOf(8, 8, (x, y) => Math.min(255, row[8 * y + x] * 16));
    await writeFile(join(folder, String(label), `${String(number).padStart(2, '0')}.png`), picture);
  }
}
