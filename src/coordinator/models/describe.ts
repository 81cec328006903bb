import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import type { LayerDescription, ModelDescription } from '../lower/description.js';

type Layer = LayersModel['layers'][number];

/** Reads a Sequential model, or a functional one whose layers form a single chain, into plain data. */
export function describeModel(model: LayersModel): ModelDescription {
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  if (layers.length === 0) throw userError('EMPTY_MODEL', `Model ${model.name} has no layers; add at least one.`);
  requireChain(model, layers);
  return {
    name: model.name,
    inputShape: rowShape(layers[0].name, model.inputs[0].shape),
    layers: layers.map(describeLayer),
  };
}

function describeLayer(layer: Layer): LayerDescription {
  requireLowerable(layer);
  const trained = layer.trainableWeights;
  return {
    name: layer.name,
    type: layer.getClassName(),
    config: layer.getConfig() as LayerDescription['config'],
    inputShape: rowShape(layer.name, (layer.input as SymbolicTensor).shape),
    outputShape: rowShape(layer.name, layer.outputShape),
    weights: layer.weights.map((weight) => ({
      name: weight.originalName,
      shape: weight.shape as number[],
      trainable: trained.includes(weight),
    })),
    trained: trained.length > 0,
  };
}

/** A layer's shape without the batch dimension; every other length must be known. */
function rowShape(layer: string, shape: unknown): number[] {
  const row = (shape as (number | null)[]).slice(1);
  if (row.some((length) => typeof length !== 'number')) {
    throw userError(
      'UNKNOWN_SHAPE',
      `Layer ${layer} has shape [${row.map((length) => length ?? 'null').join(', ')}] a row; give every length in inputShape, as buffers are sized before training.`,
    );
  }
  return row as number[];
}

function requireChain(model: LayersModel, layers: readonly Layer[]): void {
  const chained =
    model.inputs.length === 1 &&
    model.outputs.length === 1 &&
    layers.every((layer, i) => {
      const from = i === 0 ? model.inputs[0] : layers[i - 1].output;
      return layer.inboundNodes.length === 1 && layer.input === from;
    });
  if (!chained) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `Model ${model.name} is not a single chain of layers; give a Sequential model, or a functional one in which each layer feeds only the next.`,
    );
  }
}

/** Refuses what the kernels would silently leave out. */
function requireLowerable(layer: Layer): void {
  const config = layer.getConfig() as Record<string, unknown>;
  const unsupported = [
    'kernelRegularizer',
    'biasRegularizer',
    'activityRegularizer',
    'kernelConstraint',
    'biasConstraint',
    ...['alpha', 'gamma', 'beta'].flatMap((weight) => [`${weight}Regularizer`, `${weight}Constraint`]),
  ];
  const given = unsupported.find((name) => config[name] !== undefined && config[name] !== null);
  if (given !== undefined) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${layer.name} has ${given}, which does not lower to kernels; leave it out.`,
    );
  }
}
