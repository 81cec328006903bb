import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { FindLowering, LayerLowering } from '../layer.js';
import { lowerWrapped, wrappedIn, wrappedInitializers, wrappedLayer, wrappedLowering } from '../wrapped.js';

/** A layer applied to every time step: its kernels see each step as a row of its own. */
export const timeDistributed: LayerLowering = {
  type: 'TimeDistributed',
  arguments: { layer: wrappedLayer },
  mask: 'passes',

  initializers: wrappedInitializers,

  lower(layer: LayerDescription, x: Value, to: Builder, find: FindLowering): Value {
    const lowering = wrappedLowering(layer, find);
    requireRowWise(layer);
    const [steps, ...shape] = x.shape;
    const { mask: _, ...step } = { ...x, shape };
    const { values, backward } = to.forEach(steps, () => lowerWrapped(lowering, stepOf(layer), [step], to, find));
    to.onBackward((dy) => to.forEach(steps, () => backward([dy])[0]));
    const [value] = values;
    return { ...value, shape: [steps, ...value.shape] };
  },
};

/** The wrapped layer as it meets one time step. */
export function stepOf(layer: LayerDescription): LayerDescription {
  const { className: type, config } = wrappedIn(layer.config);
  const [inputShape, outputShape] = [layer.inputShape.slice(1), layer.outputShape.slice(1)];
  return { ...layer, name: `${layer.name} ${config.name}`, type, config, inputShape, outputShape };
}

/** Keras normalizes each time step by the statistics of that step over the batch. */
function requireRowWise({ name, config }: LayerDescription): void {
  if (wrappedIn(config).className !== 'BatchNormalization') return;
  throw userError(
    'UNSUPPORTED_LAYER',
    `Layer ${name} is a TimeDistributed of BatchNormalization, which does not lower to kernels; use the BatchNormalization itself, which takes all steps together.`,
  );
}
