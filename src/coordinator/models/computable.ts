import { userError } from '../../shared/errors.js';
import { partsOf } from '../../shared/tfjs/discard.js';
import { GRU } from '../../shared/tfjs/layers/gru.js';
import { ShapeOnlyLayer } from '../../shared/tfjs/layers/shapeOnly.js';
import { servingActivations } from '../../shared/tfjs/servingActivations.js';
import { isOwnClass } from '../../shared/tfjs/shippedClasses.js';
import { type TfLayer, tfl } from '../../shared/tfjs/tfjs.js';
import { activationLayers } from '../compiler/lower/activations.js';
import { statefulRefusal } from '../compiler/lower/recurrence.js';
import type { LayerCheck } from './describe.js';

/** Refuses a layer that TensorFlow.js cannot compute on ranks. */
export const requireComputable: LayerCheck = (layer) => {
  for (const { name, what } of [layer, ...wrappedBy(layer)].flatMap(incomputable)) {
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${name} is a ${what}, which TensorFlow.js cannot compute; use engine native or reference.`,
    );
  }
  if (layer.stateful) {
    throw statefulRefusal(layer.name);
  }
};

/** Ranks build the model anew: a class of the caller's own has to come from a module that they can import. */
export function requireModules(model: TfLayer, modules: readonly string[]): void {
  if (modules.length > 0) return;
  for (const { name, type } of [...partsOf(model)].map((layer) => ({ name: layer.name, type: layer.getClassName() }))) {
    if (!isOwnClass(type)) continue;
    throw userError(
      'UNSUPPORTED_LAYER',
      `Layer ${name} is a ${type}, a class of your own that TensorFlow.js has to compute; name the module that registers it in the option modules, so that every rank can import it.`,
    );
  }
}

/** A layer in the place of an activation is no part of the model, to TensorFlow.js and to kernels: its weights would be nobody's. */
export function requireActivations(model: TfLayer): void {
  for (const { layer, activation } of servingActivations(partsOf(model))) {
    const type = String(activation.getClassName());
    if (!(activation instanceof tfl.layers.Layer) || activationLayers.has(type)) continue;
    throw userError(
      'UNSUPPORTED_ACTIVATION',
      `Layer ${layer.name} has a ${type} for its activation, which may have weights; put it behind the layer, or use one of ${[...activationLayers.keys()].join(', ')}.`,
    );
  }
}

/** Arguments of convolutions that TensorFlow.js has no operation for. */
interface Shaping {
  readonly groups?: number;
  readonly outputPadding?: number | number[] | null;
  readonly dilationRate?: number | number[];
}

function incomputable(layer: TfLayer): { readonly name: string; readonly what: string }[] {
  if (layer instanceof GRU) return [{ name: layer.name, what: 'GRU with resetAfter' }];
  if (layer.getClassName() === 'UpSampling2D' && layer.getConfig().interpolation === 'bilinear') {
    // TensorFlow.js takes other pixels for neighbours than Keras.
    return [{ name: layer.name, what: 'bilinear UpSampling2D' }];
  }
  if (layer.getClassName() === 'TimeDistributed' && wrappedBy(layer)[0].getClassName() === 'BatchNormalization') {
    // TensorFlow.js normalizes all steps together, and Keras each by itself.
    return [{ name: layer.name, what: 'TimeDistributed of BatchNormalization' }];
  }
  const { groups = 1, outputPadding = null, dilationRate = 1 } = layer.getConfig() as Shaping;
  const type = layer.getClassName();
  if (groups > 1) return [{ name: layer.name, what: `${type} with groups` }];
  if (type === 'Conv2DTranspose' && (outputPadding !== null || [dilationRate].flat().some((rate) => rate !== 1))) {
    return [{ name: layer.name, what: 'Conv2DTranspose with outputPadding or a dilation' }];
  }
  return layer instanceof ShapeOnlyLayer ? [{ name: layer.name, what: layer.getClassName() }] : [];
}

/** The layers that a wrapper applies. */
function wrappedBy(wrapper: TfLayer): TfLayer[] {
  const { layer, forwardLayer, backwardLayer } = wrapper as TfLayer & Partial<Record<string, TfLayer>>;
  return [layer, forwardLayer, backwardLayer].filter((inner) => inner !== undefined);
}
