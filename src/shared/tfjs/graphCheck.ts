/**
 * Checks the graph of a stored topology before TensorFlow.js sees it: its loader does not end where layers read each other
 * in a circle, or what no layer makes.
 */

/** Deeper than any model; TensorFlow.js builds a graph by recursion. */
const DEEPEST = 5_000;
const MOST_NESTED = 32;

/** One call of a layer, `name` and the number of the call. */
type Call = `${number}:${string}`;

interface StoredLayer {
  readonly name: string;
  readonly nodes: readonly unknown[];
  /** An input, or a model, which is there without being called. */
  readonly isGiven: boolean;
  /** What it may hold models in: itself, and the layer that it wraps. */
  readonly within: readonly unknown[];
}

/** Throws an error whose message says what is wrong with the graph of a model, or of one within it. */
export function checkGraph(topology: unknown, depth = 0): void {
  const config = containerOf(topology);
  if (config === undefined) return;
  if (depth >= MOST_NESTED) throw new Error(`it nests more than ${MOST_NESTED} models`);
  const layers = (config.layers as unknown[]).map(readLayer);
  requireNames(layers);
  const reads = readsOf(layers);
  requireKnown(reads, [config.input_layers, config.inputLayers, config.output_layers, config.outputLayers]);
  requireOrder(reads);
  for (const inner of layers.flatMap(({ within }) => within)) checkGraph(inner, depth + 1);
}

/** The config of a model: that of a layer which has layers. */
function containerOf(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const { config = value.model_config } = value;
  if (isRecord(config) && Array.isArray(config.layers)) return config;
  return isRecord(config) && isRecord(config.config) ? containerOf(config) : undefined;
}

function readLayer(given: unknown, index: number): StoredLayer {
  if (!isRecord(given)) throw new Error(`layer ${index} is no layer`);
  const config = isRecord(given.config) ? given.config : {};
  const nodes = given.inbound_nodes ?? given.inboundNodes ?? [];
  return {
    name: String(given.name ?? config.name ?? `layer ${index}`),
    nodes: Array.isArray(nodes) ? nodes : [],
    isGiven: (given.class_name ?? given.className) === 'InputLayer' || containerOf(given) !== undefined,
    within: [given, config.layer],
  };
}

function requireNames(layers: readonly StoredLayer[]): void {
  const seen = new Set<string>();
  for (const { name } of layers) {
    if (/\p{Cc}/u.test(name)) throw new Error(`the layer ${name} has control characters in its name`);
    if (seen.has(name)) throw new Error(`it has two layers named ${name}`);
    seen.add(name);
  }
}

/** The calls that each call of a layer reads. What is given without a call stands for one that reads nothing. */
function readsOf(layers: readonly StoredLayer[]): ReadonlyMap<Call, readonly Call[]> {
  const reads = new Map<Call, Call[]>();
  for (const { name, nodes, isGiven } of layers) {
    if (isGiven) reads.set(`${nodes.length}:${name}`, []);
    for (const [i, node] of nodes.entries()) reads.set(`${i}:${name}`, Array.isArray(node) ? node.flatMap(callIn) : []);
  }
  return reads;
}

/** `[name, call, tensor, …]`; what is written otherwise is for TensorFlow.js to read. */
function callIn(entry: unknown): Call[] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return [];
  const [name, call = 0] = entry;
  return [`${Number(call)}:${name}`];
}

function requireKnown(reads: ReadonlyMap<Call, readonly Call[]>, ends: readonly unknown[]): void {
  const named = ends.flatMap((end) => (Array.isArray(end) ? (typeof end[0] === 'string' ? [end] : end) : []));
  for (const call of [...[...reads.values()].flat(), ...named.flatMap(callIn)]) {
    if (!reads.has(call)) throw new Error(`a layer reads ${spoken(call)}, which is not in the model`);
  }
}

/** Takes away calls that read nothing any more, generation by generation; those that stay read each other. */
function requireOrder(reads: ReadonlyMap<Call, readonly Call[]>): void {
  const missing = new Map<Call, number>();
  const readers = new Map<Call, Call[]>();
  for (const [call, from] of reads) {
    missing.set(call, from.length);
    for (const source of from) {
      const known = readers.get(source);
      if (known === undefined) readers.set(source, [call]);
      else known.push(call);
    }
  }
  let generation = [...reads.keys()].filter((call) => missing.get(call) === 0);
  for (let depth = 1; generation.length > 0; depth++) {
    if (depth > DEEPEST) throw new Error(`its layers are chained more than ${DEEPEST.toLocaleString('en-US')} deep`);
    const next: Call[] = [];
    for (const call of generation) {
      missing.delete(call);
      for (const reader of readers.get(call) ?? []) {
        const left = (missing.get(reader) as number) - 1;
        missing.set(reader, left);
        if (left === 0) next.push(reader);
      }
    }
    generation = next;
  }
  const [first] = missing.keys();
  if (first !== undefined) throw new Error(`its layers read each other in a circle, ${spoken(first)} among them`);
}

function spoken(call: Call): string {
  const colon = call.indexOf(':');
  const [number, name] = [call.slice(0, colon), call.slice(colon + 1)];
  return number === '0' ? `layer ${name}` : `call ${number} of layer ${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
