import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import type { WidenedEvent } from '../options/events.js';
import type { Compilation } from './compiled/compilation.js';

/** A model built for its shapes, and the topology it was built from. */
export interface BuiltModel {
  readonly model: LayersModel;
  readonly topology: Topology;
  /** What TensorFlow.js has compiled it with, if it has. */
  readonly compilation?: Compilation | undefined;
  /** The weights that it was compiled to train, where that is to hold; else those that layers say are trainable now. */
  readonly trained?: TrainedWeights | undefined;
}

/** Weights of a model in memory. */
export type TrainedWeights = ReadonlySet<LayersModel['weights'][number]>;

/** One that may have weights, rather than initializers alone. */
export interface WeightedModel extends BuiltModel {
  readonly hasWeights: boolean;
  /** Their values by name, where they are not in `model`. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
  /** What was read otherwise than its file says. */
  readonly widened?: WidenedEvent | undefined;
}
