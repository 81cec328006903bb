import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { userError } from '../../shared/errors.js';
import { reason } from '../../shared/files.js';
import { listed, named } from './quoted.js';

/** One file of a folder whose folders are classes. */
export interface ClassFile {
  /** Below the folder, with `/` between parts. */
  readonly name: string;
  /** The number of its class; −1 where it lies in no class. */
  readonly label: number;
}

/** A folder whose folders are classes, as Keras's `…_dataset_from_directory` reads it: both in the order of code points. */
export interface ClassFolder {
  readonly classes: readonly string[];
  readonly files: readonly ClassFile[];
}

/** What files are wanted, in words for messages: `pictures`, and the ends of their names. */
export interface WantedFiles {
  readonly what: string;
  readonly ends: readonly string[];
}

/** Whether a file is wanted, by the end of its name. */
export function isWanted(name: string, { ends }: WantedFiles): boolean {
  return ends.some((end) => name.toLowerCase().endsWith(end));
}

/** How many files each class has, in the order of the classes. */
export function countClasses({ classes, files }: ClassFolder): number[] {
  const counts = classes.map(() => 0);
  for (const { label } of files) counts[label]++;
  return counts;
}

/** Lists a folder of classes. `classes`: those that there may be; default: all that there are, two at least. */
export async function listClasses(
  folder: string,
  wanted: WantedFiles,
  classes?: readonly string[],
): Promise<ClassFolder> {
  const found = await classesIn(folder);
  const names = classes ?? found;
  const other = found.find((name) => !names.includes(name));
  if (other !== undefined) {
    throw refused(
      folder,
      `has a folder ${named(other)}, but the classes are ${listed(names, 6)}; remove it, or name it in classes`,
    );
  }
  if (found.length === 0 || (classes === undefined && found.length < 2)) {
    const count = found.length === 0 ? 'no folder' : `one folder, ${named(found[0])}`;
    throw refused(
      folder,
      `has ${count}, where every class of ${wanted.what} needs a folder of its name; make at least two`,
    );
  }
  const lists = await Promise.all(found.map(async (name) => filesBelow(folder, name, wanted)));
  const empty = found.filter((_, i) => lists[i].length === 0);
  if (empty.length > 0) {
    throw refused(
      folder,
      `has no ${wanted.what} (${wanted.ends.join(', ')}) for ${listed(empty, 10)}; add some, or remove ${empty.length === 1 ? 'the folder' : 'these folders'}`,
    );
  }
  const files = found.flatMap((name, i) => lists[i].map((file) => ({ name: file, label: names.indexOf(name) })));
  return { classes: names, files };
}

/** All wanted files below a folder, with or without folders for classes; those of no class have label −1. */
export async function listFiles(
  folder: string,
  wanted: WantedFiles,
  classes: readonly string[],
): Promise<readonly ClassFile[]> {
  const names = await filesBelow(folder, '', wanted);
  if (names.length === 0)
    throw refused(folder, `has no ${wanted.what} (${wanted.ends.join(', ')}); give a folder of ${wanted.what}`);
  return names.map((name) => ({ name, label: name.includes('/') ? classes.indexOf(name.split('/')[0]) : -1 }));
}

/** Names of the folders in a folder; hidden ones are nobody's class. */
async function classesIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Folder by folder, in each its files first. */
async function filesBelow(folder: string, below: string, wanted: WantedFiles): Promise<string[]> {
  const entries = await entriesOf(join(folder, below));
  const at = (name: string): string => (below === '' ? name : `${below}/${name}`);
  const files = entries
    .filter((entry) => !entry.isDirectory() && isWanted(entry.name, wanted))
    .map(({ name }) => at(name));
  for (const entry of entries) {
    if (entry.isDirectory()) files.push(...(await filesBelow(folder, at(entry.name), wanted)));
  }
  return files;
}

/** What is not hidden, by code point: that is the order of its bytes. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOTDIR' ? 'it is a file' : code === 'ENOENT' ? 'there is no such folder' : reason(error);
    throw userError('DATA_UNREADABLE', `${folder} cannot be read: ${why}; give a folder.`, error);
  }
}

function refused(folder: string, sentence: string): Error {
  return userError('FOLDER_INVALID', `${folder} ${sentence}.`);
}
