import type { RegionName } from '../shared/arena.js';
import type { OptimizerSpec } from '../shared/optimizers.js';
import type { Program } from '../shared/program.js';
import { sliceStart } from '../shared/shardPlan.js';
import { firstShardOf } from '../shared/tree.js';
import type { ChosenEngine } from './engine.js';
import { type ModelDescription, sizeOf } from './lower/description.js';
import { place } from './plan/layout.js';

/** What `inspect` shows of a model and its plan. */
export interface Description {
  readonly layers: readonly {
    readonly name: string;
    readonly type: string;
    /** null stands for the batch. */
    readonly outputShape: readonly (number | null)[];
    readonly parameters: number;
  }[];
  readonly parameters: number;
  readonly sums: readonly string[];
  readonly batchSize: number;
  readonly shards: number;
  readonly workers: number;
  readonly engine: string;
  readonly engineReason: string;
  readonly memory: readonly { readonly region: RegionName; readonly bytes: number }[];
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
  readonly shards: number;
  readonly batchSize: number;
  readonly engine: ChosenEngine;
}

export function describePlan(model: ModelDescription, program: Program, plan: Plan): Description {
  const { workers, shards, batchSize, engine } = plan;
  const { layout } = place(program, plan.optimizer, { workers, shards }, batchSize);
  const layers = model.layers.map(({ name, type, outputShape, weights }) => ({
    name,
    type,
    outputShape: [null, ...outputShape],
    parameters: weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  }));
  const regions = Object.entries(layout.regions) as [RegionName, { byteLength: number }][];
  return {
    layers,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    sums: program.sums,
    batchSize,
    shards,
    workers,
    engine: engine.name,
    engineReason: engine.reason,
    memory: regions.map(([region, { byteLength }]) => ({ region, bytes: byteLength })),
    shardPlan: Array.from({ length: workers }, (_, rank) => ({
      rank,
      shards: [firstShardOf(rank, workers, shards), firstShardOf(rank + 1, workers, shards)],
      slice: [
        sliceStart(rank, workers, program.parameterLength),
        sliceStart(rank + 1, workers, program.parameterLength),
      ],
    })),
  };
}
