import type { TracedLayer } from '../../tracing/traceLayer.js';

/**
 * A model as plain data: what lowering reads. It is a graph: each node is one call of a layer. Values are numbered: first
 * the model's inputs, then the outputs of each node, in the order of `nodes`.
 */
export interface ModelDescription {
  readonly name: string;
  readonly inputs: readonly InputDescription[];
  /** Every layer once, in the order of their first calls. */
  readonly layers: readonly LayerDescription[];
  /** In the order a batch passes through them: a node comes after those that make its inputs. */
  readonly nodes: readonly NodeDescription[];
  readonly outputs: readonly OutputDescription[];
}

export interface InputDescription {
  readonly name: string;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

/** One call of a layer; a layer that is called several times is shared. */
export interface NodeDescription {
  /** Position in the model's layers. */
  readonly layer: number;
  /** The values it reads, and their shapes. */
  readonly inputs: readonly number[];
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
}

export interface OutputDescription {
  /** The name of the layer that makes it. */
  readonly name: string;
  readonly value: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
}

export interface LayerDescription {
  readonly name: string;
  /** Keras class name. */
  readonly type: string;
  /** The layer's arguments as TensorFlow.js serialises them (camelCase). */
  readonly config: Readonly<Record<string, unknown>>;
  /** Shapes of one row: of the first input and the first output of the call that is lowered. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly weights: readonly WeightDescription[];
  /** Whether training changes the layer's weights; false for a layer without any. */
  readonly trained: boolean;
  /** What a layer of a class of the caller's does, where it is to be lowered. */
  readonly traced?: TracedLayer;
}

export interface WeightDescription {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether the optimizer updates it. */
  readonly trainable: boolean;
  /** Whether its layer may change it by itself in training mode, as moving averages are. */
  readonly moving: boolean;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
