import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package that the file at `url` belongs to: the nearest above it that has a package.json. */
export function packageRoot(url: string): string {
  return nearest(dirname(fileURLToPath(url)));
}

function nearest(directory: string): string {
  if (existsSync(join(directory, 'package.json')) || dirname(directory) === directory) return directory;
  return nearest(dirname(directory));
}
