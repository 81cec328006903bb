import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/packageRoot.js';

interface StoredPixels {
  readonly shape: readonly number[];
  /** Bytes in base64. */
  readonly values: string;
}

/** What test/golden/generate/images.py has stored of one picture in one size. */
interface Resized {
  readonly file: string;
  readonly channels: 'rgb' | 'gray';
  readonly size: readonly [number, number];
  readonly interpolation?: string;
  readonly crop_to_aspect_ratio?: true;
  readonly pad_to_aspect_ratio?: true;
  readonly values: readonly number[];
}

/** What one of Keras's layers makes of `rgb.png`, where it draws the value given. */
interface Transformed {
  readonly fill?: 'reflect' | 'nearest' | 'constant';
  readonly rotation?: number;
  readonly zoom?: number;
  readonly translation?: readonly [number, number];
  readonly contrast?: number;
  readonly brightness?: number;
  readonly image: readonly number[];
}

interface Golden {
  readonly transformed: readonly Transformed[];
  readonly decoded: Readonly<Record<string, Readonly<Record<'rgb' | 'gray', StoredPixels | null>>>>;
  readonly resized: readonly Resized[];
}

const data = join(packageRoot(import.meta.url), 'test', 'golden', 'data');

/** Small pictures of every kind in `folder`, and what TensorFlow and Keras make of them. */
export const goldenImages = {
  folder: join(data, 'images'),
  ...(JSON.parse(readFileSync(join(data, 'images.json'), 'utf8')) as Golden),
};
