import type { LayerConfig } from '../../src/index.js';
import type { GraphCase } from './graphs.js';

/** A source of whole numbers from 0 up to, but not including, `below`. */
export type Choose = (below: number) => number;

interface Made {
  readonly name: string;
  readonly shape: readonly number[];
}

type Shape = readonly number[];

/** A layer of one input that may follow a value, and the shape it makes. */
interface Choice {
  fits(shape: Shape): boolean;
  make(choose: Choose, shape: Shape): { readonly layer: LayerConfig; readonly shape: Shape };
}

const activations = ['relu', 'tanh', 'sigmoid', 'elu', 'softsign', 'linear'];
const pick = <T>(choose: Choose, list: readonly T[]): T => list[choose(list.length)];
const isVector = (shape: Shape): boolean => shape.length === 1;
const isSequence = (shape: Shape): boolean => shape.length === 2;
const isImage = (shape: Shape): boolean => shape.length === 3;
const always = (): boolean => true;
const keep = (layer: LayerConfig) => (_: Choose, shape: Shape) => ({ layer, shape });

const choices: readonly Choice[] = [
  {
    fits: (shape) => !isImage(shape),
    make: (choose, shape) => {
      const units = 1 + choose(6);
      const layer = { type: 'Dense', units, activation: pick(choose, activations), useBias: choose(3) > 0 };
      return { layer, shape: [...shape.slice(0, -1), units] };
    },
  },
  {
    fits: isSequence,
    make: (choose, [steps]) => {
      const [units, returnSequences] = [1 + choose(4), choose(2) === 0];
      return { layer: { type: 'LSTM', units, returnSequences }, shape: returnSequences ? [steps, units] : [units] };
    },
  },
  {
    fits: isImage,
    make: (choose, [height, width]) => {
      const filters = 1 + choose(4);
      const layer = { type: 'Conv2D', filters, kernelSize: 1 + choose(3), padding: 'same', activation: 'relu' };
      return { layer, shape: [height, width, filters] };
    },
  },
  {
    fits: ([height, width, channels]) => channels !== undefined && height > 1 && width > 1,
    make: (_, [height, width, channels]) => {
      const layer = { type: 'MaxPooling2D', poolSize: 2 };
      return { layer, shape: [Math.floor(height / 2), Math.floor(width / 2), channels] };
    },
  },
  { fits: always, make: keep({ type: 'BatchNormalization', momentum: 0.9 }) },
  { fits: always, make: keep({ type: 'LayerNormalization' }) },
  { fits: always, make: keep({ type: 'Dropout', rate: 0.25 }) },
  {
    fits: always,
    make: (choose, shape) => ({ layer: { type: 'Activation', activation: pick(choose, activations) }, shape }),
  },
  { fits: isVector, make: (_, [size]) => ({ layer: { type: 'Reshape', targetShape: [1, size] }, shape: [1, size] }) },
];

const merges = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'];
const inputShapes: readonly Shape[] = [[5], [3, 2], [4, 3, 2]];

/** A small functional model: some inputs, some layers that read any value made before, all ends joined for the output. */
export function randomGraph(choose: Choose): GraphCase {
  const inputs: Made[] = Array.from({ length: 1 + choose(2) }, (_, i) => ({
    name: `in${i}`,
    shape: pick(choose, inputShapes),
  }));
  const layers: LayerConfig[] = inputs.map(({ name, shape }) => ({ type: 'Input', name, shape }));
  const values = [...inputs];
  const read = new Set<string>();
  const call = (layer: LayerConfig, shape: Shape, from: readonly Made[]): void => {
    const made = { name: `layer${layers.length}`, shape };
    layers.push({ ...layer, name: made.name, inputs: from.map(({ name }) => name) });
    for (const { name } of from) read.add(name);
    values.push(made);
  };
  for (let count = 4 + choose(6); count > 0; count--) addLayer(choose, values, layers, call);
  const ends = values.filter(({ name }) => !read.has(name)).map((end) => flattened(end, call, values));
  if (ends.length > 1) call({ type: 'Concatenate' }, [ends.reduce((sum, { shape }) => sum + shape[0], 0)], ends);
  call({ type: 'Dense', units: 3, activation: 'softmax' }, [3], [values[values.length - 1]]);
  return {
    title: 'a random graph',
    model: { layers },
    inputs: Object.fromEntries(inputs.map(({ name, shape }) => [name, shape])),
    classes: 3,
    loss: 'sparseCategoricalCrossentropy',
  };
}

type Call = (layer: LayerConfig, shape: Shape, from: readonly Made[]) => void;

/** A merge of two values of one shape where there are any, one more call of a layer, or a new layer. */
function addLayer(choose: Choose, values: readonly Made[], layers: readonly LayerConfig[], call: Call): void {
  const from = pick(choose, values);
  const same = values.filter(({ shape }) => shape.join() === from.shape.join());
  if (choose(3) === 0) {
    const [type, other] = [pick(choose, merges), pick(choose, same)];
    const doubled = [...from.shape.slice(0, -1), 2 * from.shape[from.shape.length - 1]];
    call({ type }, type === 'Concatenate' ? doubled : from.shape, [from, other]);
    return;
  }
  const again = layers.filter(({ type, inputs }) => type === 'Dense' && shapeOf(values, inputs) === from.shape.join());
  if (again.length > 0 && choose(2) === 0) {
    const layer = pick(choose, again);
    const made = values.find(({ name }) => name === layer.name) as Made;
    call({ shared: layer.name }, made.shape, [from]);
    return;
  }
  const { layer, shape } = pick(
    choose,
    choices.filter(({ fits }) => fits(from.shape)),
  ).make(choose, from.shape);
  call(layer, shape, [from]);
}

function shapeOf(values: readonly Made[], inputs: unknown): string | undefined {
  return values.find(({ name }) => name === (inputs as readonly string[])[0])?.shape.join();
}

function flattened(end: Made, call: Call, values: readonly Made[]): Made {
  if (isVector(end.shape)) return end;
  call({ type: 'Flatten' }, [end.shape.reduce((a, b) => a * b, 1)], [end]);
  return values[values.length - 1];
}
