import type { ZodRawShape } from 'zod';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';

/** Everything Lockstep knows about one layer class: one such object a file in `layers/`. */
export type LayerLowering = SingleLowering | GraphLowering;

/** The lowering of a layer's class; throws `UNSUPPORTED_LAYER` where it has none. Wrappers look for the wrapped layer by it. */
export type FindLowering = (layer: Pick<LayerDescription, 'name' | 'type'>) => LayerLowering;

interface LayerFacts {
  /** Keras class name. */
  readonly type: string;
  /** The arguments a layer config may give beside `name` and those that place it, camelCase. */
  readonly arguments: ZodRawShape;
  /** Arguments that Keras 3 has under another name: Keras 3's, then the one above. */
  readonly renamed?: Readonly<Record<string, string>>;
  /**
   * What becomes of the mask of the input's steps: it holds for the output too, or the lowering itself says what holds.
   * By default it ends at the layer, as in Keras at those that do not support masking.
   */
  readonly mask?: 'passes' | 'own';
  /** For a layer whose input are int32 indices: the first number beyond them. */
  indexLimit?(config: LayerDescription['config']): number;
  /** The serialised initializer of each weight, in the order of the layer's weights. */
  initializers?(config: LayerDescription['config'], find: FindLowering): readonly unknown[];
}

/**
 * A layer of one input and one output.
 *
 * What both forms rely on: `x` may have other readers, so no call writes to an input's buffer; a gradient handed to a
 * backward function is the layer's own, and may be written to and handed on.
 */
export interface SingleLowering extends LayerFacts {
  /**
   * Emits the layer's forward calls and, when training, registers its backward calls with `to.onBackward`; where it
   * registers several, each is given the gradient that the next one returned. Returns its output.
   */
  lower(layer: LayerDescription, x: Value, to: Builder, find: FindLowering): Value;
  lowerCall?: never;
}

/**
 * A layer of several inputs or outputs: merge layers, a recurrent layer that is given or returns its state, attention.
 * `layer.inputShape` and `layer.outputShape` are those of the first ones; values have their shapes with them.
 */
export interface GraphLowering extends LayerFacts {
  /**
   * Emits the forward calls and, when training, registers one backward function with `to.onCallBackward`. It gets one
   * gradient buffer an output (−1 where an output has none) and returns one an input: −1 for none, and the same buffer
   * for several if their gradients are equal. It is called only when some output has a gradient and something before it
   * is trained. Parts that another lowering makes stand in `to.part(…)`.
   */
  lowerCall(layer: LayerDescription, inputs: readonly Value[], to: Builder, find: FindLowering): readonly Value[];
  lower?: never;
}
