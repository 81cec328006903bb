import { declared, type LayerClass } from './declared.js';

/** Layers that prepare or augment images (height, width, channels), as those of Keras's preprocessing. */

const sized = (className: string, defaults: Record<string, unknown>): LayerClass =>
  declared({
    className,
    defaults: { height: 1, width: 1, ...defaults },
    shapeOf: ({ height, width }, [shape]) => [shape[0], height, width, shape[shape.length - 1]],
  });

const augmenting = (className: string, defaults: Record<string, unknown>): LayerClass =>
  declared({ className, defaults: { ...defaults, seed: null } });

/** Those whose channels may come first. */
export const formattedPictures: readonly LayerClass[] = [
  sized('Resizing', { interpolation: 'bilinear' }),
  sized('CenterCrop', {}),
  sized('RandomCrop', { seed: null }),
  augmenting('RandomFlip', { mode: 'horizontalAndVertical' }),
  augmenting('RandomBrightness', { factor: 0, valueRange: [0, 255] }),
  augmenting('RandomContrast', { factor: 0, valueRange: [0, 255] }),
  augmenting('RandomGrayscale', { factor: 0.5 }),
];

/** Categories of numbers, in the form that is asked for. */
const encoded =
  (depthOf: (args: { numTokens: number; binBoundaries: number[] }) => number) =>
  // biome-ignore lint/suspicious/noExplicitAny: the arguments of a declaration.
  (args: any, [shape]: readonly (number | null)[][]) => {
    if (args.outputMode === 'int') return shape;
    const depth = depthOf(args);
    if (args.outputMode === 'oneHot' && shape[shape.length - 1] !== 1) return [...shape, depth];
    return [...shape.slice(0, -1), depth];
  };

export const categoryLayers: readonly LayerClass[] = [
  declared({
    className: 'CategoryEncoding',
    defaults: { numTokens: 1, outputMode: 'multiHot' },
    shapeOf: encoded(({ numTokens }) => numTokens),
  }),
  declared({
    className: 'Discretization',
    defaults: { binBoundaries: [], outputMode: 'int' },
    shapeOf: encoded(({ binBoundaries }) => binBoundaries.length + 1),
  }),
];
