import type { RegionName } from '../shared/memory/arena.js';
import type { OptimizerSpec } from '../shared/optimizers/optimizers.js';
import { slicesOf } from '../shared/partition/slices.js';
import { firstShardOf } from '../shared/partition/tree.js';
import { nativeFootprint, noFootprint } from './compiler/footprint.js';
import { type ModelDescription, sizeOf } from './compiler/lower/description.js';
import { type PartOfPeak, peakMemory } from './compiler/peakMemory.js';
import { place } from './compiler/plan/layout.js';
import type { OpenModel } from './models/open.js';

/** What `inspect` shows of a model and its plan. */
export interface Description {
  readonly layers: readonly {
    readonly name: string;
    readonly type: string;
    /** null stands for the batch, and for lengths of a row that are left open. */
    readonly outputShape: readonly (number | null)[];
    readonly parameters: number;
    /** The layers and inputs that it reads; several lists when it is called several times. */
    readonly connectedTo: readonly (readonly string[])[];
  }[];
  /** Whether a layer reads another one than the layer before it. */
  readonly isGraph: boolean;
  readonly parameters: number;
  /** Names of the values it logs: the loss, then the metrics. */
  readonly logs: readonly string[];
  readonly batchSize: number;
  readonly shards: number;
  readonly workers: number;
  readonly workersReason: string;
  readonly engine: string;
  readonly engineReason: string;
  readonly memory: readonly { readonly region: RegionName; readonly bytes: number }[];
  /** What a process that trains has at most, part by part; the data come on top. */
  readonly peakMemory: readonly PartOfPeak[];
  /** Shards [first, end) and elements [from, to) of the flat parameter vector, a rank. */
  readonly shardPlan: readonly {
    readonly rank: number;
    readonly shards: readonly [number, number];
    readonly slice: readonly [number, number];
  }[];
}

interface Plan {
  readonly optimizer: OptimizerSpec;
  readonly workers: number;
  readonly workersReason: string;
  readonly shards: number;
  readonly batchSize: number;
}

export function describePlan({ description, program, engine, lengths }: OpenModel, plan: Plan): Description {
  const { workers, workersReason, shards, batchSize } = plan;
  const division = { workers, shards };
  const placement = place(program, plan.optimizer, division, batchSize);
  const { layout } = placement;
  const connections = connectionsOf(description);
  const layers = description.layers.map(({ name, type, outputShape, weights }, position) => ({
    name,
    type,
    outputShape: [null, ...(lengths?.outputShapes.get(name) ?? outputShape)],
    parameters: weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    connectedTo: connections[position],
  }));
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const regions = Object.entries(layout.regions) as [RegionName, { byteLength: number }][];
  return {
    layers,
    isGraph: !isChain(description),
    parameters,
    logs: program.measures.map(({ name }) => name),
    batchSize,
    shards,
    workers,
    workersReason,
    engine: engine.name,
    engineReason: engine.reason,
    memory: regions.map(([region, { byteLength }]) => ({ region, bytes: byteLength })),
    peakMemory: peakMemory({
      layout,
      workers,
      parameterBytes: 4 * parameters,
      footprint: engine.name === 'native' ? nativeFootprint(placement, division, batchSize) : noFootprint,
    }),
    shardPlan: slicesOf(program, plan.optimizer, workers).map(({ from, to }, rank) => ({
      rank,
      shards: [firstShardOf(rank, workers, shards), firstShardOf(rank + 1, workers, shards)],
      slice: [from, to],
    })),
  };
}

/** The names of what each layer reads, call by call. */
function connectionsOf({ inputs, layers, nodes }: ModelDescription): string[][][] {
  const makers = inputs.map(({ name }) => name);
  const connections: string[][][] = layers.map(() => []);
  for (const node of nodes) {
    connections[node.layer].push(node.inputs.map((value) => makers[value]));
    for (const _ of node.outputShapes) makers.push(layers[node.layer].name);
  }
  return connections;
}

/** Whether every layer reads what the one before it made, and nothing else. */
function isChain({ inputs, nodes, outputs }: ModelDescription): boolean {
  const follows = nodes.every(({ layer, inputs: read }, i) => layer === i && read.length === 1 && read[0] === i);
  return inputs.length === 1 && outputs.length === 1 && follows;
}
