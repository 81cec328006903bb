import { type TfLayer, tfl } from './tfjs.js';

/** What applies an activation for a layer: one of TensorFlow.js's activations, or a layer in the place of one. */
interface ServingActivation {
  getClassName(): unknown;
  getConfig(): Readonly<Record<string, unknown>>;
}

/** The activations of layers, each with its layer. */
export function servingActivations(parts: Iterable<TfLayer>) {
  return [...parts].flatMap((layer) =>
    Object.entries(layer).flatMap(([key, activation]) =>
      /activation$/i.test(key) && isServing(activation) ? [{ layer, activation }] : [],
    ),
  );
}

function isServing(value: unknown): value is ServingActivation {
  return typeof (value as Partial<ServingActivation> | null)?.getClassName === 'function';
}

/**
 * Does something while the layers `parts` serialise their activations whole. TensorFlow.js writes an activation by the name
 * of its class alone: a layer in the place of one loses its arguments, and a name that is not in camelCase is read back as
 * another one.
 */
export function withWholeActivations<T>(parts: Iterable<TfLayer>, work: () => T): T {
  const named = new Set(
    servingActivations(parts)
      .map(({ activation }) => activation)
      .filter(isLostByName),
  );
  for (const activation of named) {
    const { name: _, trainable: __, dtype: ___, batchInputShape: ____, ...config } = activation.getConfig();
    const className = activation.getClassName();
    activation.getClassName = () => ({ className, config });
  }
  try {
    return work();
  } finally {
    for (const activation of named) Reflect.deleteProperty(activation, 'getClassName');
  }
}

function isLostByName(activation: ServingActivation): boolean {
  if (activation instanceof tfl.layers.Layer) return true;
  return !/^[a-z0-9]+([A-Z][a-z0-9]*)*$/.test(String(activation.getClassName()));
}
