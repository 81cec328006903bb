import type { LayersModel } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';
import type { Program } from '../../shared/program/program.js';
import { modelFromTopology, type Topology } from '../../shared/tfjs/buildModel.js';
import { discard } from '../../shared/tfjs/discard.js';
import type { BuiltModel } from './built.js';

/** A shape of one row, of which lengths may be left open: [null, 6] for sequences of any length. */
export type OpenShape = readonly (number | null)[];

/** Shapes of one row of each input, in order. */
export type RowShapes = readonly (readonly number[])[];

/** What to give where a length of a row must not be left open, as in [null, 2]: the end of a sentence after "give". */
export const INSTEAD_OF_OPEN_LENGTH =
  'one length for all rows: pad sequences to the longest, so that [null, 2] becomes [100, 2], and let a Masking, or an Embedding with maskZero, leave out the steps that were filled in';

/** The length that a model of open lengths is planned for before its rows are known. */
const PLANNED = 128;

/** Programs kept, of the lengths that have come last. */
const MOST_PROGRAMS = 64;

/** The lengths that a model leaves open: each batch has its own, and a program for it. Weights do not depend on them. */
export class OpenLengths {
  /** Shapes of one row of each input. */
  readonly rows: readonly OpenShape[];
  /** What each layer gives, by its name. */
  readonly outputShapes: ReadonlyMap<string, OpenShape>;
  readonly #topology: Topology;
  readonly #entrances: readonly string[];
  readonly #plan: (built: BuiltModel) => Program;
  readonly #programs = new Map<string, Promise<Program>>();

  constructor({ model, topology }: BuiltModel, plan: (built: BuiltModel) => Program) {
    this.rows = openRows(model);
    this.outputShapes = new Map(model.layers.map((layer) => [layer.name, rowOf(firstOf(layer.outputShape))]));
    this.#topology = topology;
    this.#entrances = entrancesOf(model);
    this.#plan = plan;
  }

  /** The program for rows of these shapes. */
  programFor(shapes: RowShapes): Promise<Program> {
    const key = JSON.stringify(shapes);
    const program = this.#programs.get(key) ?? this.#make(shapes);
    this.#programs.delete(key);
    this.#programs.set(key, program);
    const [oldest] = this.#programs.keys();
    if (this.#programs.size > MOST_PROGRAMS) this.#programs.delete(oldest);
    return program;
  }

  async #make(shapes: RowShapes): Promise<Program> {
    const topology = withShapes(this.#topology, this.#entrances, shapes);
    const model = await modelFromTopology(topology);
    try {
      return this.#plan({ model, topology });
    } finally {
      discard(model);
    }
  }
}

/** Whether a model leaves lengths of its rows open. */
export function leavesLengthsOpen(model: LayersModel): boolean {
  return openRows(model).some((row) => row.includes(null));
}

/** Refuses what needs one shape of all rows. */
export function requireOneShape({ lengths }: { readonly lengths: OpenLengths | null }, what: string): void {
  if (lengths === null) return;
  const shapes = lengths.rows.map((row) => `[${row.map(String).join(', ')}]`).join(', ');
  throw userError(
    'UNKNOWN_SHAPE',
    `The model leaves lengths of its rows open, ${shapes}, but ${what} needs one shape; give the model ${INSTEAD_OF_OPEN_LENGTH}.`,
  );
}

/** The topology of a model with lengths in the place of those that it leaves open, for a plan before any row is known. */
export function plannedTopology({ model, topology }: BuiltModel): Topology {
  if (model.layers.some((layer) => 'layers' in layer)) {
    throw userError(
      'UNKNOWN_SHAPE',
      `Model ${model.name} leaves lengths of its rows open and has a model within it; give ${INSTEAD_OF_OPEN_LENGTH}.`,
    );
  }
  return withShapes(
    topology,
    entrancesOf(model),
    openRows(model).map((row) => row.map((length) => length ?? PLANNED)),
  );
}

function openRows({ inputs }: LayersModel): OpenShape[] {
  return inputs.map(({ shape }) => rowOf(shape));
}

function entrancesOf({ inputs }: LayersModel): string[] {
  return inputs.map(({ sourceLayer }) => sourceLayer.name);
}

function rowOf(shape: OpenShape): OpenShape {
  return shape.slice(1);
}

/** A layer of several outputs has a list of shapes. */
function firstOf(shape: OpenShape | readonly OpenShape[]): OpenShape {
  return Array.isArray(shape[0]) ? (shape[0] as OpenShape) : (shape as OpenShape);
}

/** What TensorFlow.js and Keras write of a layer. */
interface StoredLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name?: string };
}

/** A copy of a topology whose inputs have these rows. The input of a Sequential model is an argument of its first layer. */
function withShapes(topology: Topology, entrances: readonly string[], shapes: RowShapes): Topology {
  const copy = structuredClone(topology);
  const { class_name, config } = (copy.model_config ?? copy) as { class_name?: string; config: unknown };
  const layers = (Array.isArray(config) ? config : (config as { layers: unknown }).layers) as StoredLayer[];
  layers.forEach((layer, position) => {
    const at = class_name === 'Sequential' && position === 0 ? 0 : entrances.indexOf(layer.config.name ?? '');
    if (at < 0) return;
    for (const key of ['batch_input_shape', 'batchInputShape', 'batch_shape']) {
      if (key in layer.config) Object.assign(layer.config, { [key]: [null, ...shapes[at]] });
    }
  });
  return copy;
}
