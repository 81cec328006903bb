import { userError } from '../../../shared/errors.js';
import type { WidenedEvent } from '../../options/events.js';
import { isRecord, type Json } from '../kerasCalls.js';

/** The types of numbers that layers of Keras compute in, which are float32 here. */

const FLOAT32 = 'float32';

/** Types whose values float32 has all of, or is as near as may be. */
const floats: ReadonlySet<string> = new Set([
  ...['float16', 'bfloat16', 'float64', 'mixed_float16', 'mixed_bfloat16', 'mixed_float64'],
]);

/** A config in which every layer is of float32, and what it was where it said another type. */
export function inFloat32<T>(config: T, path: string): { readonly config: T; readonly widened?: WidenedEvent } {
  const types = new Set<string>();
  const copy = replaced(config, path, types) as T;
  return types.size === 0 ? { config } : { config: copy, widened: { event: 'widened', path, types: [...types] } };
}

/** A copy with other types of layers; those of inputs and tensors say what data they take. */
function replaced(value: unknown, path: string, types: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, path, types));
  if (!isRecord(value)) return value;
  if (isLayer(value)) requireFloats(value, path, types);
  const isInput = value.class_name === 'InputLayer' || value.class_name === '__keras_tensor__';
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'dtype' && !isInput && floats.has(String(nameOfPolicy(inner))) ? FLOAT32 : replaced(inner, path, types),
    ]),
  );
}

const isLayer = (value: Json): boolean => isRecord(value.config) && value.config.dtype !== undefined;

function requireFloats({ class_name: type, config }: Json, path: string, types: Set<string>): void {
  const { dtype, name } = config as Json;
  if (type === 'InputLayer' || type === '__keras_tensor__') return;
  const policy = nameOfPolicy(dtype);
  if (isRecord(dtype) && String(dtype.class_name).startsWith('Quantized')) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `Layer ${name} of ${path} is quantised (${String(policy)}), and what it computes is not trained here; save the model before model.quantize.`,
    );
  }
  if (floats.has(String(policy))) types.add(String(policy));
}

function nameOfPolicy(dtype: unknown): unknown {
  if (!isRecord(dtype)) return dtype;
  const { name, mode } = isRecord(dtype.config) ? dtype.config : {};
  return name ?? mode;
}
