import { userError } from '../../../shared/errors.js';
import { named } from '../quoted.js';
import { defaultLoaders, PictureLoader } from './loader.js';
import { bytesOf, type Making, type PictureProblem } from './task.js';

/** How many problems are told at once. */
const MOST = 10;

/** Pictures of a folder, by their names below it. */
export interface Pictures {
  readonly folder: string;
  readonly names: readonly string[];
  readonly making: Making;
}

/** All of them, one after another in shared memory; those that cannot be had are one error that names the first ten. */
export async function makePictures(
  pictures: Pictures,
  loaders = defaultLoaders(),
): Promise<Uint8Array<SharedArrayBuffer>> {
  const { folder, names, making } = pictures;
  const rows = Int32Array.from(names, (_, row) => row);
  const out = new SharedArrayBuffer(names.length * bytesOf(making));
  const loader = new PictureLoader(loaders);
  try {
    requireNone(await loader.load({ origin: { folder, names }, rows, making, out }), pictures);
  } finally {
    await loader.close();
  }
  return new Uint8Array(out);
}

export function requireNone(
  problems: readonly PictureProblem[],
  { folder, names }: Pick<Pictures, 'folder' | 'names'>,
): void {
  const [first] = problems;
  if (first === undefined) return;
  if (first.isMissingPackage) throw userError('PACKAGE_MISSING', first.message);
  const inWords = ({ index, message }: PictureProblem): string => `${named(names[index])}: ${message}`;
  if (problems.length === 1) {
    throw userError('PICTURES_UNREADABLE', `${folder}/${inWords(first)}; mend the picture or remove it.`);
  }
  const count =
    problems.length <= MOST
      ? `${problems.length} pictures`
      : `${problems.length} pictures, of which the first ${MOST} are listed,`;
  const listed = problems.slice(0, MOST).map((problem, i) => `(${i + 1}) ${inWords(problem)}`);
  throw userError(
    'PICTURES_UNREADABLE',
    `${folder} has ${count} that cannot be read: ${listed.join('; ')}; mend or remove them.`,
  );
}
