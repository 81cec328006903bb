import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decode } from '../../../../src/coordinator/data/images/decode.js';
import { type Fit, type Interpolation, resize } from '../../../../src/coordinator/data/images/resize.js';
import { goldenImages } from '../../../helpers/images.js';

/** Pictures that Pillow wrote, held against what TensorFlow and Keras read of them (test/golden/generate/images.py). */

const { decoded, resized, folder } = goldenImages;

function withWidth(png: Buffer, width: number): Buffer {
  png.writeUInt32BE(width, 16);
  return png;
}

function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
}

describe('A picture has the pixels that tf.io.decode_image reads', () => {
  for (const [name, of] of Object.entries(decoded)) {
    for (const [mode, channels] of [
      ['rgb', 3],
      ['gray', 1],
    ] as const) {
      const expected = of[mode];
      if (expected === null) continue;
      // Inks of a printer; gray of TIFF, which TensorFlow does not read and Pillow rounds. All else is equal in every byte.
      const most = name === 'cmyk.jpg' ? 2 : name.endsWith('.tiff') && mode === 'gray' ? 1 : 0;
      test(`${name} as ${mode}`, async () => {
        const { width, height, values } = await decode(await readFile(join(folder, name)), channels);
        assert.deepEqual([height, width, channels], expected.shape);
        const difference = worst(values, Buffer.from(expected.values, 'base64'));
        assert.ok(difference <= most, `${difference} apart`);
      });
    }
  }
});

describe('A picture is resized as image_dataset_from_directory does, rounded to a byte', () => {
  for (const { file, channels, size, values, ...options } of resized) {
    const interpolation = (options.interpolation ?? 'bilinear') as Interpolation;
    const fit: Fit = options.crop_to_aspect_ratio ? 'crop' : options.pad_to_aspect_ratio ? 'pad' : 'stretch';
    test(`${file} as ${channels} to ${size.join(' × ')}, ${interpolation}, ${fit}`, async () => {
      const picture = await decode(await readFile(join(folder, file)), channels === 'rgb' ? 3 : 1);
      const [height, width] = size;
      const out = new Uint8Array(5 + values.length);
      resize(picture, { height, width, interpolation, fit }, out, 5);
      const difference = worst(out.subarray(5), values);
      assert.ok(difference <= 0.6, `${difference} apart`);
    });
  }
});

describe('A file that is no whole picture is an error that says why', () => {
  const refused: readonly (readonly [
    what: string,
    damage: (bytes: Buffer) => Buffer,
    file: string,
    message: RegExp,
  ])[] = [
    ['empty', () => Buffer.alloc(0), 'rgb.png', /^it is empty$/],
    ['a text', () => Buffer.from('class,x\n1,2\n'), 'rgb.png', /no picture of a kind that is read/],
    ['a PNG cut within its header', (bytes) => bytes.subarray(0, 20), 'rgb.png', /ends within its header/],
    ['a PNG cut in the middle', (bytes) => bytes.subarray(0, 200), 'rgb.png', /./],
    ['a PNG of too many pixels', (bytes) => withWidth(bytes, 2 ** 30), 'rgb.png', /header says 1073741824 × 9 pixels/],
    ['a PNG without pixels', (bytes) => withWidth(bytes, 0), 'rgb.png', /header says 0 × 9 pixels/],
    ['a JPEG cut in the middle', (bytes) => bytes.subarray(0, bytes.length - 200), '444.jpeg', /./],
    ['a JPEG cut within its header', (bytes) => bytes.subarray(0, 100), '444.jpeg', /ends before its frame begins/],
    ['a GIF cut in the middle', (bytes) => bytes.subarray(0, 60), 'frames.gif', /./],
    ['a TIFF cut in the middle', (bytes) => bytes.subarray(0, 60), 'rgb.tiff', /./],
  ];
  for (const [what, damage, file, message] of refused) {
    test(what, async () => {
      const bytes = damage(Buffer.from(await readFile(join(folder, file))));
      await assert.rejects(
        decode(bytes, 3),
        (error: Error) => message.test(error.message) || assert.fail(error.message),
      );
    });
  }
});
