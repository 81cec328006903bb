import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireNone } from '../../src/coordinator/data/images/pictures.js';
import makePictures from '../../src/coordinator/data/images/thread.js';
import type { Choices } from '../helpers/faults.js';
import { goldenImages } from '../helpers/images.js';
import { mutateBytes } from './mutate.js';

/** Pictures of every kind, damaged, and read as a loader thread reads them. */
export function pictureSubjects() {
  const ends = {
    PNG: ['.png'],
    JPEG: ['.jpg', '.jpeg'],
    'BMP, WebP, TIFF and GIF': ['.bmp', '.webp', '.tif', '.tiff', '.gif'],
  };
  const making = { height: 8, width: 8, channels: 3, interpolation: 'bilinear', fit: 'stretch' } as const;
  return Object.entries(ends).map(([kind, own]) => {
    const names = Object.keys(goldenImages.decoded).filter((name) => own.some((end) => name.endsWith(end)));
    const files = names.map((name) => readFileSync(join(goldenImages.folder, name)));
    return {
      kind: 'pictures' as const,
      title: `pictures in ${kind}`,
      share: 1 / 3,
      damage: (choices: Choices) => ({ picture: mutateBytes(choices.of(files), choices) }),
      read: async (folder: string) => {
        const origin = { folder, names: ['picture'] };
        const target = { making, out: new SharedArrayBuffer(8 * 8 * 3) };
        const taken = new SharedArrayBuffer(4);
        requireNone(await makePictures({ origin, rows: Int32Array.of(0), target, taken }), origin);
      },
    };
  });
}
