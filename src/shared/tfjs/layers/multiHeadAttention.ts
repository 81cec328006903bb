import type { layers as Layers } from '@tensorflow/tfjs-layers';
import type { tfc } from '../tfjs.js';
import { initializerOf } from './initializer.js';
import { type Shape, ShapeOnlyLayer } from './shapeOnly.js';

type Arguments = ConstructorParameters<typeof Layers.Layer>[0];

/** Arguments of a MultiHeadAttention, by Keras's names. */
export interface MultiHeadAttentionArguments {
  readonly name?: string;
  readonly trainable?: boolean;
  readonly numHeads: number;
  /** Features of queries and keys in each head. */
  readonly keyDim: number;
  /** Features of values in each head; `keyDim` by default. */
  readonly valueDim?: number | null;
  /** The share of attention probabilities that training sets to zero. */
  readonly dropout?: number;
  readonly useBias?: boolean;
  /** Whether a query sees no key behind its own place. In Keras an argument of the call. */
  readonly useCausalMask?: boolean;
  /** Of all four kernels; glorotUniform by default. */
  readonly kernelInitializer?: string | tfc.serialization.ConfigDict;
  readonly biasInitializer?: string | tfc.serialization.ConfigDict;
}

/** As keras.layers.MultiHeadAttention over sequences: shapes and weights. */
export class MultiHeadAttention extends ShapeOnlyLayer {
  /** @nocollapse */
  static readonly className = 'MultiHeadAttention';
  readonly #own: tfc.serialization.ConfigDict;

  constructor(args: Arguments & Partial<MultiHeadAttentionArguments> = {}) {
    super(args);
    const { numHeads = 1, keyDim = 1, valueDim = null, dropout = 0, useBias = true, useCausalMask = false } = args;
    const { kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = args;
    this.#own = { numHeads, keyDim, valueDim, dropout, useBias, useCausalMask, kernelInitializer, biasInitializer };
  }

  override build(inputShape: Shape | Shape[]): void {
    const [query, value, key = value] = (inputShape as Shape[]).map((shape) => shape[shape.length - 1] as number);
    const { numHeads, keyDim, valueDim } = this.#own as { numHeads: number; keyDim: number; valueDim: number | null };
    const valueSize = valueDim ?? keyDim;
    this.#addAffine('query', [query, numHeads, keyDim], [numHeads, keyDim]);
    this.#addAffine('key', [key, numHeads, keyDim], [numHeads, keyDim]);
    this.#addAffine('value', [value, numHeads, valueSize], [numHeads, valueSize]);
    this.#addAffine('output', [numHeads, valueSize, query], [query]);
    this.built = true;
  }

  #addAffine(name: string, kernel: number[], bias: number[]): void {
    const add = (part: string, shape: number[], initializer: unknown) =>
      this.addWeight(`${name}_${part}`, shape, undefined, initializerOf(initializer), undefined, true);
    add('kernel', kernel, this.#own.kernelInitializer);
    if (this.#own.useBias !== false) add('bias', bias, this.#own.biasInitializer);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return (inputShape as Shape[])[0];
  }

  override getConfig(): tfc.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#own };
  }
}
