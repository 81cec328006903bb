import type { InitializerSpec } from '../random/initializers.js';

/**
 * Models are built only to learn their shapes, so their weights are never drawn by TensorFlow.js: initializers are
 * replaced by zeros for the building and put back into the description. That saves the drawing, and the orthogonal
 * initializer of tfjs-layers needs more of tfjs than its core. Regularizers and constraints are left out of the building
 * in the same way, as tfjs-layers does not know those of Keras.
 */

export const isInitializer = (key: string): boolean => /initializer$/i.test(key);

export const isRule = (key: string): boolean => /(regularizer|constraint)$/i.test(key);

/** Whether an argument of a layer is kept from TensorFlow.js. */
export const isWithheld = (key: string): boolean => isInitializer(key) || isRule(key);

/** A copy of a topology in which every initializer is zeros and nothing is regularized or constrained. */
export function withZeroInitializers<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withZeroInitializers) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.entries(value)
    .filter(([key]) => !isRule(key))
    .map(([key, inner]) => [
      key,
      isInitializer(key) && inner !== null ? { class_name: 'Zeros', config: {} } : withZeroInitializers(inner),
    ]);
  return Object.fromEntries(copy) as T;
}

/** An initializer, regularizer or constraint by name, or serialised with `class_name` or `className`. */
export function specOf(given: unknown): InitializerSpec {
  if (typeof given === 'string') return { className: given, config: {} };
  const { class_name, className, config = {} } = given as Record<string, unknown>;
  return { className: String(className ?? class_name), config: config as InitializerSpec['config'] };
}
