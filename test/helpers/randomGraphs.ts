import type { LayerConfig } from '../../src/index.js';
import type { GraphCase } from './graphs.js';
import { type Choice, type Choose, isVector, layerChoices, pick, type Shape, sizeOf } from './layerChoices.js';

interface Made {
  readonly name: string;
  readonly shape: Shape;
  /** Steps may be left out of it. */
  readonly masked: boolean;
}

/** Every class of layers that is drawn. */
export const drawnTypes: readonly string[] = [...layerChoices.keys(), 'Embedding'];

/** The classes in an order drawn at random, `size` of them in each list. */
export function dealTypes(choose: Choose, size: number): string[][] {
  const left = [...drawnTypes];
  const dealt = drawnTypes.map(() => left.splice(choose(left.length), 1)[0]);
  return Array.from({ length: Math.ceil(dealt.length / size) }, (_, i) => dealt.slice(i * size, (i + 1) * size));
}

/**
 * A small functional model that has each of `types`: a vector, a sequence, an image and a volume, layers that read any value made
 * before, one more call of some, and all ends joined for the output.
 */
export function randomGraph(choose: Choose, types: readonly string[]): GraphCase {
  const graph = new RandomGraph(choose);
  for (const [name, shape] of Object.entries(INPUTS)) graph.enter(name, shape);
  for (const type of types) graph.add(type);
  for (let count = choose(4); count > 0; count--) graph.callAgain();
  graph.join();
  return {
    title: `a random graph with ${types.join(', ')}`,
    model: { layers: graph.layers },
    inputs: graph.inputs,
    ...(graph.words.length > 0 && { words: graph.words }),
    classes: 3,
    loss: 'sparseCategoricalCrossentropy',
  };
}

const INPUTS: Readonly<Record<string, Shape>> = {
  vector: [5],
  sequence: [3, 2],
  image: [4, 3, 3],
  volume: [2, 3, 2, 2],
};
const WORDS = 5;

class RandomGraph {
  readonly layers: LayerConfig[] = [];
  readonly inputs: Record<string, Shape> = {};
  readonly words: string[] = [];
  readonly #choose: Choose;
  readonly #values: Made[] = [];
  readonly #read = new Set<string>();

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  enter(name: string, shape: Shape): void {
    this.layers.push({ type: 'Input', name, shape });
    this.inputs[name] = shape;
    this.#values.push({ name, shape, masked: false });
  }

  /** A layer of a class that reads a value which suits it. */
  add(type: string): void {
    if (type === 'Embedding') {
      this.#addEmbedding();
      return;
    }
    const choice = layerChoices.get(type) as Choice;
    const first = pick(this.#choose, this.#values.filter(suits(choice)));
    const others = choice.reads === undefined ? [] : [pick(this.#choose, this.#values.filter(joins(choice, first)))];
    const { args, shape } = choice.make(this.#choose, first.shape);
    const activityRegularizer = { className: 'L1L2', config: { l1: 0.01, l2: 0.02 } };
    const pays = this.#choose(4) === 0 && !choice.refusesActivity && { activityRegularizer };
    this.#call({ type, ...args, ...pays }, shape, [first, ...others], choice.masks);
  }

  /** One more call of a Dense layer, on another value of the shape it takes. */
  callAgain(): void {
    const again = this.layers.filter(({ type }) => type === 'Dense');
    if (again.length === 0) return;
    const layer = pick(this.#choose, again);
    const shapeOf = (name: unknown) => this.#values.find((made) => made.name === name)?.shape as Shape;
    const [taken] = layer.inputs as readonly string[];
    const same = this.#values.filter(({ shape }) => shape.join() === shapeOf(taken).join());
    this.#call({ shared: layer.name }, shapeOf(layer.name), [pick(this.#choose, same)]);
  }

  /** Whatever no layer reads becomes one vector, and a classifier reads that. */
  join(): void {
    const ends = this.#values.filter(({ name }) => !this.#read.has(name));
    const vectors = ends.map((end) =>
      isVector(end.shape) ? end : this.#call({ type: 'Flatten' }, [sizeOf(end.shape)], [end]),
    );
    const size = vectors.reduce((sum, { shape }) => sum + shape[0], 0);
    const [joined] = vectors.length > 1 ? [this.#call({ type: 'Concatenate' }, [size], vectors)] : vectors;
    this.#call({ type: 'Dense', units: 3, activation: 'softmax' }, [3], [joined]);
  }

  #addEmbedding(): void {
    const name = `words${this.words.length}`;
    const [steps, outputDim] = [2 + this.#choose(3), 1 + this.#choose(3)];
    const words = { name, shape: [steps], masked: false };
    this.layers.push({ type: 'Input', name, shape: [steps] });
    this.inputs[name] = [steps];
    this.words.push(name);
    const maskZero = this.#choose(2) === 0;
    this.#call({ type: 'Embedding', inputDim: WORDS, outputDim, maskZero }, [steps, outputDim], [words], maskZero);
  }

  #call(layer: LayerConfig, shape: Shape, from: readonly Made[], masks = false): Made {
    const masked = masks || (!isVector(shape) && from.some((value) => value.masked));
    const made = { name: `layer${this.layers.length}`, shape, masked };
    this.layers.push({ ...layer, name: made.name, inputs: from.map(({ name }) => name) });
    for (const { name } of from) this.#read.add(name);
    this.#values.push(made);
    return made;
  }
}

const suits =
  (choice: Choice) =>
  ({ shape, masked }: Made): boolean =>
    choice.fits(shape) && !(masked && choice.refusesMasks);

const joins =
  ({ reads }: Choice, first: Made) =>
  ({ shape }: Made): boolean =>
    reads === 'same' ? shape.join() === first.shape.join() : shape.length === 2;
