/** A model as plain data: what lowering reads. Layers are in the order a batch passes through them. */
export interface ModelDescription {
  readonly name: string;
  /** Shape of one row that enters the model. */
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerDescription[];
}

export interface LayerDescription {
  readonly name: string;
  /** Keras class name. */
  readonly type: string;
  /** The layer's arguments as TensorFlow.js serialises them (camelCase). */
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes of one row. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly weights: readonly WeightDescription[];
  /** Whether training changes the layer's weights; false for a layer without any. */
  readonly trained: boolean;
}

export interface WeightDescription {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether the optimizer updates it. */
  readonly trainable: boolean;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
