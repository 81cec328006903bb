import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Pass } from '../../../shared/kernels/pass.js';
import { Draws, type Seed } from '../../../shared/random/rng.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { fuseDense } from './dense.js';
import { fuseLstm } from './lstm.js';

type Layer = LayersModel['layers'][number];

/**
 * Some layers of TensorFlow.js do not do what Keras and the other engines do: Dropout's masks are not keyed, a frozen
 * BatchNormalization still uses batch statistics, and normalization without `scale` or `center` cannot be trained at all.
 */
export function adaptLayers(model: LayersModel, seed: Seed, currentShard: () => Pass | null): void {
  const layers = allLayers(model.layers);
  const dropouts = layers.filter((layer) => layer.getClassName() === 'Dropout');
  dropouts.forEach((layer, number) => {
    keyDropout(layer, number, seed, currentShard);
  });
  if (tfc.getBackend() === 'tensorflow') {
    for (const layer of layers) {
      if (layer.getClassName() === 'LSTM') fuseLstm(layer);
      if (layer.getClassName() === 'Dense') fuseDense(layer);
    }
  }
  for (const layer of layers) {
    const kind = layer.getClassName();
    if (kind !== 'BatchNormalization' && kind !== 'LayerNormalization') continue;
    completeNormalization(layer);
    if (kind === 'BatchNormalization' && !layer.trainable) freezeNormalization(layer);
  }
}

type Inside = { readonly layers?: Layer[] } & Partial<Record<'layer' | 'forwardLayer' | 'backwardLayer', Layer>>;

/** Layers with those inside of them: of nested models, and those that a wrapper applies. */
function allLayers(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer) => {
    const { layers = [], layer: wrapped, forwardLayer, backwardLayer } = layer as Layer & Inside;
    const applied = [wrapped, forwardLayer, backwardLayer].filter((inner) => inner !== undefined);
    return [layer, ...allLayers([...layers, ...applied])];
  });
}

/** The mask of a row depends on (seed, layer, step, row) alone: the draws are those of the dropout kernel. */
function keyDropout(layer: Layer, number: number, seed: Seed, currentShard: () => Pass | null): void {
  const { rate, noiseShape } = layer.getConfig() as { rate: number; noiseShape?: readonly number[] | null };
  if (rate === 0 || (noiseShape !== null && noiseShape !== undefined)) return;
  const infer = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => {
    if (kwargs.training !== true) return infer(inputs, kwargs);
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tfc.mul(x, dropoutMask(x, rate, new Draws(seed), number, currentShard() as Pass));
  };
}

function dropoutMask(x: Tensor, rate: number, draws: Draws, layer: number, { firstRow, rows, step }: Pass): Tensor {
  const scale = 1 / (1 - rate);
  const size = x.size / rows;
  const mask = new Float32Array(x.size);
  for (let row = 0; row < rows; row++) {
    draws.at('dropout', layer, step, firstRow + row);
    for (let e = 0; e < size; e++) mask[row * size + e] = draws.uniform(e) >= rate ? scale : 0;
  }
  return tfc.tensor(mask, x.shape);
}

interface Normalization {
  readonly axis: number | readonly number[];
  gamma?: { read(): Tensor } | null;
  beta?: { read(): Tensor } | null;
  scale: boolean;
  center: boolean;
}

/** Training reads gamma and beta even where the layer has none: they are then ones and zeros. */
function completeNormalization(layer: Layer): void {
  const parts = layer as Layer & Normalization;
  const [inputShape] = layer.inboundNodes[0].inputShapes as number[][];
  const shape = [parts.axis].flat().map((axis) => inputShape.at(axis) as number);
  parts.gamma ??= { read: () => tfc.ones(shape) };
  parts.beta ??= { read: () => tfc.zeros(shape) };
  parts.scale = true;
  parts.center = true;
}

function freezeNormalization(layer: Layer): void {
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
}
