import type { ZodRawShape } from 'zod';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';

/** Everything Lockstep knows about one layer class: one such object a file in `layers/`. */
export interface LayerLowering {
  /** Keras class name. */
  readonly type: string;
  /** The arguments a layer config may give beside `name` and those that place it, camelCase. */
  readonly arguments: ZodRawShape;
  /** The serialised initializer of each weight, in the order of the layer's weights. */
  initializers?(config: LayerDescription['config']): readonly unknown[];
  /** Emits the layer's forward calls and, when training, registers its backward calls; returns its output. */
  lower(layer: LayerDescription, x: Value, to: Builder): Value;
}
