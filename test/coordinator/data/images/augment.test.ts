import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import {
  type Affine,
  after,
  crop,
  flip,
  identity,
  rotation,
  translation,
  zoom,
} from '../../../../src/coordinator/data/images/affine.js';
import { augment } from '../../../../src/coordinator/data/images/augment.js';
import { type Augment, augmentSchema } from '../../../../src/coordinator/data/images/augmentOptions.js';
import { addNoise, brighten, contrast, saturate } from '../../../../src/coordinator/data/images/colours.js';
import { decode } from '../../../../src/coordinator/data/images/decode.js';
import { type Bytes, type Fill, warp } from '../../../../src/coordinator/data/images/warp.js';
import { Draws } from '../../../../src/shared/random/rng.js';
import { goldenImages } from '../../../helpers/images.js';

let picture: Bytes;
before(async () => {
  picture = { ...(await decode(await readFile(join(goldenImages.folder, 'rgb.png')), 3)), at: 0 };
});

function warped(map: Affine, fill: Fill = 'reflect'): Float32Array {
  const out = new Float32Array(picture.values.length);
  warp(picture, map, fill, out);
  return out;
}

function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  return Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
}

describe('A picture is turned, zoomed, moved and recoloured as by the layers of Keras', () => {
  for (const { image, fill, ...draw } of goldenImages.transformed) {
    test(`${JSON.stringify(draw)}${fill === undefined ? '' : `, ${fill}`}`, () => {
      const { height, width } = picture;
      const values = Float32Array.from(picture.values);
      if (draw.contrast !== undefined) contrast({ values, channels: 3 }, draw.contrast);
      else if (draw.brightness !== undefined) brighten({ values, channels: 3 }, draw.brightness);
      else {
        const [y, x] = draw.translation ?? [0, 0];
        const map =
          draw.rotation !== undefined
            ? rotation(draw.rotation * 2 * Math.PI, height, width)
            : draw.zoom !== undefined
              ? zoom(draw.zoom, height, width)
              : translation(y * height, x * width);
        values.set(warped(map, fill));
      }
      // A pixel at a half may fall to either side in float32.
      assert.ok(worst(values, image) < 0.1, `${worst(values, image)} apart`);
    });
  }
});

const pixel = (values: ArrayLike<number>, x: number, y: number): number[] =>
  [0, 1, 2].map((c) => values[(y * picture.width + x) * 3 + c]);

test('A flip takes each pixel from the other side, and two flips give the picture', () => {
  const { height, width } = picture;
  const over = warped(flip(true, false, height, width));
  const down = warped(flip(false, true, height, width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      assert.deepEqual(pixel(over, x, y), pixel(picture.values, width - 1 - x, y));
      assert.deepEqual(pixel(down, x, y), pixel(picture.values, x, height - 1 - y));
    }
  }
  const twice = after(flip(true, true, height, width), flip(true, true, height, width));
  assert.deepEqual(warped(twice), warped(identity));
});

test('A map after another is both, one on the result of the other', () => {
  const { height, width } = picture;
  const moved = translation(2, 3);
  const both = after(moved, flip(true, false, height, width));
  const first = warped(moved);
  const second = warped(both);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) assert.deepEqual(pixel(second, x, y), pixel(first, width - 1 - x, y));
  }
});

test('A window of a crop ends at the edges of the picture', () => {
  const { height, width } = picture;
  const ends = ([a0, , a2, , b1, b2]: Affine): number[] => [
    a0 * -0.5 + a2,
    a0 * (width - 0.5) + a2,
    b1 * -0.5 + b2,
    b1 * (height - 0.5) + b2,
  ];
  const near = (found: number[], expected: number[]): void => assert.ok(worst(found, expected) < 1e-9, found.join());
  near(ends(crop(0.5, 0, 0, height, width)), [-0.5, width / 2 - 0.5, -0.5, height / 2 - 0.5]);
  near(ends(crop(0.5, 1, 1, height, width)), [width / 2 - 0.5, width - 0.5, height / 2 - 0.5, height - 0.5]);
  near(ends(crop(1, 0.3, 0.8, height, width)), [-0.5, width - 0.5, -0.5, height - 0.5]);
});

test('Saturation 0 makes every pixel gray and 1 changes nothing', () => {
  const values = Float32Array.from(picture.values);
  saturate({ values, channels: 3 }, 1);
  assert.ok(worst(values, picture.values) < 1e-4);
  saturate({ values, channels: 3 }, 0);
  const [red, green, blue] = pixel(picture.values, 4, 4);
  for (const value of pixel(values, 4, 4))
    assert.ok(Math.abs(value - (0.299 * red + 0.587 * green + 0.114 * blue)) < 1e-3);
});

test('Noise has mean 0 and its deviation', () => {
  const values = new Float32Array(20_000).fill(127);
  addNoise({ values, channels: 1 }, 0.05, new Draws([1, 0]).at('augment', 0, 0, 0), 16);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean - 127) < 0.4 && Math.abs(deviation - 12.75) < 0.3, `${mean} ± ${deviation}`);
});

describe('What becomes of a picture is a function of seed, pass and row alone', () => {
  const everything: Augment = augmentSchema.parse({
    flip: 'both',
    translation: 0.2,
    rotation: 0.1,
    zoom: 0.2,
    crop: 0.7,
    brightness: 0.1,
    contrast: 0.2,
    saturation: 0.3,
    noise: 0.02,
  });
  const made = (seed: number, pass: number, row: number, options = everything): Uint8Array => {
    const out = new Uint8Array(picture.values.length + 7);
    augment(picture, options, { seed: [seed, 0], pass, row }, out, 7);
    return out.subarray(7);
  };

  test('each of them changes it, and nothing else does', () => {
    const first = made(1, 2, 3);
    assert.deepEqual(made(1, 2, 3), first);
    for (const other of [made(2, 2, 3), made(1, 3, 3), made(1, 2, 4)]) assert.notDeepEqual(other, first);
  });

  test('each option by itself changes some pictures, and none changes none', () => {
    for (const [name, value] of Object.entries(everything)) {
      if (name === 'fill') continue;
      const options = augmentSchema.parse({ [name]: value });
      const changed = [0, 1, 2, 3, 4, 5].filter((row) => worst(made(1, 0, row, options), picture.values) > 0);
      assert.ok(changed.length >= 2, `${name} changed ${changed.length} of 6`);
    }
    assert.deepEqual(made(1, 0, 0, augmentSchema.parse({})), new Uint8Array(picture.values));
  });

  test('pixels stay within what options allow', () => {
    const slight = augmentSchema.parse({ brightness: 0.01 });
    for (let row = 0; row < 20; row++) assert.ok(worst(made(3, 0, row, slight), picture.values) <= 3);
  });
});
