import { userError } from '../../shared/errors.js';
import type { InitializerSpec } from '../../shared/random/initializers.js';
import type { Topology } from '../../shared/tfjs/buildModel.js';
import { isRule, isWithheld, specOf } from '../../shared/tfjs/withheld.js';
import type { ModelDescription } from '../compiler/lower/description.js';
import { camelCase } from '../options/casing.js';

/** The initializers, regularizers and constraints of one layer by argument name. */
export type Initializers = Readonly<Record<string, InitializerSpec>>;

/** A copy of a topology in which the layers named in `byLayer` have those initializers, regularizers and constraints. */
export function withInitializers<T>(value: T, byLayer: ReadonlyMap<string, Initializers>): T {
  if (Array.isArray(value)) return value.map((inner) => withInitializers(inner, byLayer)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const own = byLayer.get((value as { name?: string }).name ?? '') ?? {};
  const copy = Object.entries(value).map(([key, inner]) => {
    const spec = own[camelCase(key)];
    return [key, spec === undefined ? withInitializers(inner, byLayer) : serialised(spec)];
  });
  const present = new Set(copy.map(([key]) => camelCase(key as string)));
  const isConfig = !present.has('className');
  const lost = isConfig ? Object.entries(own).filter(([key]) => isRule(key) && !present.has(key)) : [];
  return Object.fromEntries([...copy, ...lost.map(([key, spec]) => [snakeCase(key), serialised(spec)])]) as T;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** As TensorFlow.js writes it: a class name in PascalCase, and one class for all regularizers. */
function serialised({ className, config }: InitializerSpec): { class_name: string; config: object } {
  const name = camelCase(className);
  if (/^l[12]$/i.test(name))
    return { class_name: 'L1L2', config: { l1: 0, l2: 0, [name.toLowerCase()]: 0.01, ...config } };
  return { class_name: name[0].toUpperCase() + name.slice(1), config };
}

/** A description with each layer's initializers as the topology has them. */
export function withInitializersOf(topology: Topology, model: ModelDescription): ModelDescription {
  const found = new Map<string, Initializers>();
  collect(topology, found);
  const layers = model.layers.map((layer) => ({ ...layer, config: withOwn(layer.config, layer.name, found) }));
  requireHeeded(found, new Set(layers.flatMap(({ name, config }) => [name, ...wrappedNames(config)])));
  return { ...model, layers };
}

type Config = ModelDescription['layers'][number]['config'];

/** The config of the layer `name` with its initializers, and with those of the layers and cells that it holds. */
function withOwn(config: Config, name: string, found: ReadonlyMap<string, Initializers>): Config {
  const held = Object.entries(config).map(([key, value]) => [key, withHeld(value, found)]);
  return { ...Object.fromEntries(held), ...found.get(name) };
}

/** A layer, or a list of them, as TensorFlow.js serialises it within the config of another one; other values as they are. */
function withHeld(value: unknown, found: ReadonlyMap<string, Initializers>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withHeld(inner, found));
  const { className, config } = (value ?? {}) as { className?: unknown; config?: Config };
  if (className === undefined || typeof config !== 'object' || config === null) return value;
  return { ...(value as object), config: withOwn(config, String(config.name), found) };
}

/** The names of the layers that a layer wraps. */
function wrappedNames({ layer }: Config): string[] {
  const wrapped = layer as { config: Config } | undefined;
  return wrapped === undefined ? [] : [String(wrapped.config.name), ...wrappedNames(wrapped.config)];
}

/** Refuses regularizers and constraints of layers that the description does not show, as the cells of an RNN. */
function requireHeeded(found: ReadonlyMap<string, Initializers>, shown: ReadonlySet<string>): void {
  for (const [name, own] of found) {
    const rule = shown.has(name) ? undefined : Object.keys(own).find(isRule);
    if (rule === undefined) continue;
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${name} has ${rule}, which does not lower to kernels within another layer; leave it out.`,
    );
  }
}

/** Gathers the initializers, regularizers and constraints of every serialised layer in a topology, by layer name. */
function collect(value: unknown, found: Map<string, Initializers>): void {
  if (typeof value !== 'object' || value === null) return;
  const { name } = value as { name?: unknown };
  if (typeof name === 'string') {
    const own = Object.entries(value).filter(([key, inner]) => isWithheld(key) && (inner ?? null) !== null);
    if (own.length > 0) found.set(name, Object.fromEntries(own.map(([key, inner]) => [camelCase(key), specOf(inner)])));
  }
  for (const inner of Object.values(value)) collect(inner, found);
}
