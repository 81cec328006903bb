import { countClasses } from '../../../coordinator/data/classFolder.js';
import { listed } from '../../../coordinator/data/quoted.js';
import { userError } from '../../../shared/errors.js';
import { classFit } from '../classFit.js';
import type { Starter, StarterLayer, StarterRequest } from '../starter.js';
import { type FoundPictures, lookAtPictures } from './survey.js';

/** Longer sides make steps slow on a CPU: pictures of more are made smaller. */
const MOST_SIDE = 64;

/** A convolution halves what it gets, down to this. */
const LEAST_SIDE = 6;

/** A config that trains a small convolutional network on a folder of pictures. */
export async function imagesStarter(path: string, { label }: StarterRequest): Promise<Starter> {
  if (label !== undefined) {
    throw userError(
      'INVALID_OPTION',
      `--label ${label} names a column, but the classes of pictures are their folders; leave it out.`,
    );
  }
  const found = await lookAtPictures(path);
  const { classes, files, isGray } = found;
  const size = sizeFor(found);
  const counts = countClasses(found);
  return {
    about: [
      `${files.length} pictures in ${classes.length} classes, which are the folders: ${listed(classes, 8)}.`,
      `The least frequent class has ${Math.min(...counts)}, the most frequent ${Math.max(...counts)}.`,
    ],
    data: [
      { key: 'size', value: size, why: [whySize(found, size)] },
      { key: 'channels', value: isGray ? 'gray' : 'rgb' },
      {
        key: 'augment',
        entries: [{ key: 'translation', value: 0.05 }],
        why: [
          'Pictures are moved a little in every epoch. Where it makes no other class of a picture, add',
          'flip: horizontal, rotation: 0.05, zoom: 0.1 or brightness: 0.1 (docs/data/images.md).',
        ],
      },
    ],
    layers: layersFor([...size, isGray ? 1 : 3], classes.length),
    ...classFit(files.length),
  };
}

function sizeFor({ sizes }: FoundPictures): [number, number] {
  if (sizes.length === 0) return [MOST_SIDE, MOST_SIDE];
  const [height, width] = [0, 1].map(
    (axis) => sizes.map((size) => size[axis]).sort((a, b) => a - b)[sizes.length >> 1],
  );
  const shrink = Math.min(1, MOST_SIDE / Math.max(height, width));
  const side = (length: number): number => Math.max(1, Math.round(length * shrink));
  return [side(height), side(width)];
}

function whySize({ sizes }: FoundPictures, size: readonly number[]): string {
  const isTheirs = sizes.every((own) => own.join() === size.join());
  return isTheirs && sizes.length > 0
    ? 'Height and width, as they are.'
    : 'Height and width: pictures are resized to it. Larger ones show more and take longer.';
}

/** Convolutions of 16, 32 and 64 filters, each of which halves the picture, as far as it is large enough. */
function layersFor(inputShape: readonly number[], classes: number): StarterLayer[] {
  const layers: Record<string, unknown>[] = [];
  let side = Math.min(inputShape[0], inputShape[1]);
  for (const filters of [16, 32, 64]) {
    if (filters > 16 && side < LEAST_SIDE) break;
    layers.push({
      type: 'Conv2D',
      filters,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      ...(filters === 16 && { inputShape }),
    });
    layers.push({ type: 'BatchNormalization' }, { type: 'ReLU' });
    if (side >= 2) layers.push({ type: 'MaxPooling2D', poolSize: 2 });
    side = Math.floor(side / 2);
  }
  layers.push({ type: 'Flatten' }, { type: 'Dropout', rate: 0.3 });
  layers.push({ type: 'Dense', units: classes, activation: 'softmax' });
  return layers.map((layer) => ({ layer }));
}
