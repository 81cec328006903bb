import { userError } from '../../../shared/errors.js';
import { named } from '../quoted.js';
import { defaultLoaders, PictureLoader } from './loader.js';
import { bytesOf, type Making, type PictureProblem, type PictureTask } from './task.js';

/** How many problems are told at once. */
const MOST = 10;

/** Pictures of a folder, by their names below it. */
export interface Pictures {
  readonly folder: string;
  readonly names: readonly string[];
  readonly making: Making;
}

/** All of them, one after another in shared memory; those that cannot be had are one error that names the first ten. */
export async function makePictures(pictures: Pictures, loaders?: number): Promise<Uint8Array<SharedArrayBuffer>> {
  const out = new SharedArrayBuffer(pictures.names.length * bytesOf(pictures.making));
  await loadAll(pictures, loaders, { making: pictures.making, out });
  return new Uint8Array(out);
}

/** Looks at how each of them begins, which tells what is no picture at all before training does. */
export async function checkPictures(pictures: Omit<Pictures, 'making'>, loaders?: number): Promise<void> {
  await loadAll(pictures, loaders, null);
}

async function loadAll(
  { folder, names }: Omit<Pictures, 'making'>,
  loaders = defaultLoaders(),
  target: PictureTask['target'],
): Promise<void> {
  const loader = new PictureLoader(loaders);
  const rows = Int32Array.from(names, (_, row) => row);
  try {
    requireNone(await loader.load({ origin: { folder, names }, rows, target }), { folder, names });
  } finally {
    await loader.close();
  }
}

/** Throws one error about all pictures that could not be had, in the order of their names. */
export function requireNone(
  problems: readonly PictureProblem[],
  { folder, names }: Pick<Pictures, 'folder' | 'names'>,
): void {
  const byName = problems.toSorted((a, b) => Buffer.compare(Buffer.from(names[a.index]), Buffer.from(names[b.index])));
  const [first] = byName;
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
  const listed = byName.slice(0, MOST).map((problem, i) => `(${i + 1}) ${inWords(problem)}`);
  throw userError(
    'PICTURES_UNREADABLE',
    `${folder} has ${count} that cannot be read: ${listed.join('; ')}; mend or remove them.`,
  );
}
