import { isText } from '../../../coordinator/data/arrays/elements.js';
import { describeArray, rowsOf, type StoredArray, sizeOfShape } from '../../../coordinator/data/arrays/storedArray.js';
import { compileFor, fitFor, type NetworkTask, networkFor, outputLayer } from '../networks.js';
import type { Starter, StarterEntry, StarterLayer } from '../starter.js';
import { type ArrayFacts, factsOf } from './survey.js';

/** Whole numbers of up to so many different values are taken for classes. */
const MOST_CLASSES = 100;
/** Sides from which an array of two axes is taken for a picture. */
const LEAST_SIDE = 8;

/** What a starter config is made for. */
export interface StarterArrays {
  readonly x: StoredArray;
  readonly y: StoredArray;
  /** Keys of `data` that say where these are, and why. */
  readonly places: readonly StarterEntry[];
}

/** A config that trains on rows of arrays: a small network of convolutions for pictures, else a dense one. */
export function arraysStarter({ x, y, places }: StarterArrays): Starter {
  const [inputs, labels] = [factsOf(x), factsOf(y)];
  const task = taskOf(labels);
  const about = [`Inputs are ${describe(x)}.`, `Labels are ${describe(y)}: ${inWords(task, labels)}.`];
  const picture = pictureShape(inputs);
  const { row } = rowsOf(x);
  if (picture !== undefined) {
    const scale = scaleFor(inputs);
    return {
      about,
      data: [...places, ...scale],
      layers: convolutions(picture, task),
      compile: compileFor(task),
      fit: fitFor(task),
    };
  }
  const network = networkFor(task);
  const standardize = { key: 'standardize', value: true, why: ['Each place of a row gets mean 0 and deviation 1.'] };
  const flatten = { layer: { type: 'Flatten', inputShape: row }, why: ['The numbers of a row side by side.'] };
  const layers = row.length > 1 ? [flatten, ...network.layers] : network.layers;
  return { ...network, about, data: [...places, standardize], layers };
}

/** An array by the name of its file, wherever that lies. */
function describe(array: StoredArray): string {
  return describeArray({ ...array, name: array.name.replace(/^(.* of )?.*[/\\]/, '$1') });
}

/** Classes where labels are texts, or whole numbers from 0 of which there are few; else numbers. */
function taskOf({ array, min, max, isWhole, counts }: ArrayFacts): NetworkTask {
  const { rows, row } = rowsOf(array);
  const outputs = sizeOfShape(row);
  if (isText(array.element)) return { rows, classes: counts?.length ?? 2 };
  const areClasses = outputs === 1 && isWhole && min >= 0 && max >= 1 && max < MOST_CLASSES && rows > 2 * max;
  return areClasses ? { rows, classes: max + 1 } : { rows, outputs };
}

function inWords({ classes, outputs }: NetworkTask, { min, max, counts }: ArrayFacts): string {
  if (classes === undefined) return outputs === 1 ? `numbers from ${min} to ${max}` : `${outputs} numbers a row`;
  const balance = (counts ?? []).map(({ rows }) => rows);
  return `${classes} classes, the least frequent with ${Math.min(...balance)} rows, the most frequent with ${Math.max(...balance)}`;
}

/** [height, width, channels] where an array looks like pictures. */
function pictureShape({ array, min }: ArrayFacts): readonly number[] | undefined {
  const { row } = rowsOf(array);
  const [height = 0, width = 0, channels = 1, ...deeper] = row;
  const isPicture = deeper.length === 0 && Math.min(height, width) >= LEAST_SIDE && channels <= 4 && min >= 0;
  return isPicture && row.length >= 2 ? [height, width, channels] : undefined;
}

function scaleFor({ max, array }: ArrayFacts): StarterEntry[] {
  if (max <= 1) return [];
  const scale = array.element.type === 'uint8' && max > 127 ? 255 : max;
  return [{ key: 'scale', value: scale, why: [`Values go up to ${max}; divided by ${scale} they go to 1.`] }];
}

function convolutions(inputShape: readonly number[], task: NetworkTask): StarterLayer[] {
  const [height, width] = inputShape;
  const isLarge = Math.min(height, width) >= 16;
  const convolution = { type: 'Conv2D', kernelSize: 3, padding: 'same', activation: 'relu' };
  return [
    { layer: { ...convolution, filters: 16, inputShape }, why: ['Height, width and colours of a picture.'] },
    { layer: { type: 'MaxPooling2D' } },
    { layer: { ...convolution, filters: 32 } },
    ...(isLarge ? [{ layer: { type: 'MaxPooling2D' } }] : []),
    { layer: { type: 'Flatten' } },
    { layer: { type: 'Dropout', rate: 0.25 } },
    outputLayer(task),
  ];
}
