import { open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type ClassFolder, listClasses } from '../../../coordinator/data/classFolder.js';
import { pictureFiles } from '../../../coordinator/data/images/files.js';
import { headerOf } from '../../../coordinator/data/images/headers.js';
import { classField } from '../classField.js';
import type { Survey } from '../survey.js';

/** Pictures whose headers are read: enough to choose a size by. */
const SAMPLE = 256;

/** Ample for what cameras write before the frame of a JPEG. */
const HEAD_BYTES = 65_536;

/** A folder of pictures as far as it is known without decoding one. */
export interface FoundPictures extends ClassFolder {
  /** Heights and widths of some PNGs and JPEGs, evenly spread. */
  readonly sizes: readonly (readonly [height: number, width: number])[];
  /** Whether all of these are gray. */
  readonly isGray: boolean;
}

export async function lookAtPictures(path: string): Promise<FoundPictures> {
  const folder = await listClasses(path, pictureFiles);
  const step = Math.max(1, folder.files.length / SAMPLE);
  const sizes: (readonly [number, number])[] = [];
  let isGray = true;
  for (let at = 0; at < folder.files.length; at += step) {
    const header = headerOf(await headOf(join(path, folder.files[Math.floor(at)].name)));
    if (header === null) continue;
    sizes.push([header.height, header.width]);
    isGray &&= (header.samples ?? 3) < 3;
  }
  return { ...folder, sizes, isGray: isGray && sizes.length > 0 };
}

/** What `inspect` tells of a folder of pictures. */
export async function surveyImages(path: string): Promise<Survey> {
  const found = await lookAtPictures(path);
  const { classes, files, sizes, isGray } = found;
  return {
    kind: 'folder of pictures',
    facts: {
      pictures: files.length,
      classes: classes.length,
      files: [...new Set(files.map(({ name }) => extname(name).toLowerCase()))].sort().join(' '),
      ...(sizes.length > 0 && {
        height: rangeOf(sizes.map(([height]) => height)),
        width: rangeOf(sizes.map(([, width]) => width)),
      }),
      ...(sizes.length > 0 && { colours: isGray ? 'gray' : 'rgb' }),
    },
    fields: [classField(found)],
  };
}

function rangeOf(lengths: readonly number[]): string {
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  return least === most ? String(least) : `${least} to ${most}`;
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
    return buffer.subarray(0, bytesRead);
  } catch {
    return new Uint8Array();
  }
}
