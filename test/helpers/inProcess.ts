import type { MessagePort } from 'node:worker_threads';
import type { ModelDescription } from '../../src/coordinator/compiler/lower/description.js';
import { place } from '../../src/coordinator/compiler/plan/layout.js';
import { type Dataset, openDataset, openInputs } from '../../src/coordinator/data/dataset.js';
import type { LabelledData } from '../../src/index.js';
import { Arena } from '../../src/shared/memory/arena.js';
import { type Column, columnArray } from '../../src/shared/memory/dataset.js';
import type { OptimizerSpec } from '../../src/shared/optimizers/optimizers.js';
import type { Parameter } from '../../src/shared/program/parameter.js';
import type { Program } from '../../src/shared/program/program.js';
import type { EngineName, RunMode } from '../../src/shared/protocol/messages.js';
import type { Feed } from '../../src/worker/batch.js';
import type { ColumnSource } from '../../src/worker/engines/engine.js';
import { attachRank, type Rank } from '../../src/worker/rank.js';
import { evaluateStep, predictStep, trainStep } from '../../src/worker/step.js';

/** What a rank is made for. */
export interface InProcessOptions {
  readonly program: Program;
  readonly description: ModelDescription;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly engine: EngineName;
  readonly optimizer: OptimizerSpec;
  readonly shards?: number;
  readonly batchSize: number;
}

/** The only rank of a run, on the thread of the test: steps without the second that a thread takes to load TensorFlow.js. */
export class InProcessRank {
  readonly rank: Rank;
  readonly #parameters: readonly Parameter[];

  private constructor(rank: Rank, description: ModelDescription) {
    this.rank = rank;
    const { parameters, states } = rank.program;
    const byName = new Map([...parameters, ...states].map((parameter) => [parameter.name, parameter]));
    this.#parameters = description.layers.flatMap(({ weights }) =>
      weights.map(({ name }) => byName.get(name) as Parameter),
    );
  }

  static async attach(options: InProcessOptions): Promise<InProcessRank> {
    const { program, optimizer, engine, batchSize, shards = 1 } = options;
    const division = { workers: 1, shards };
    const placed = place(program, optimizer, division, batchSize);
    const arena = new Arena(placed.layout);
    arena.scalars[0] = optimizer.learningRate;
    const { parameters, states, constants } = program;
    for (const { offset, values } of constants) arena.parameters.set(values, offset);
    for (const { name, offset } of [...parameters, ...states]) {
      arena.parameters.set(options.weights.get(name) as Float32Array, offset);
    }
    for (const { from, to, length } of program.copies) arena.parameters.copyWithin(to, from, from + length);
    const nobody = {} as MessagePort;
    const rank = await attachRank(
      { rank: 0, port: nobody, doorbell: new SharedArrayBuffer(8), spins: 0, trainers: [0] },
      {
        type: 'attach',
        trainer: 0,
        attachment: 0,
        memory: arena.memory,
        layout: arena.layout,
        program: placed.program,
        optimizer,
        division,
        batchCapacity: batchSize,
        engine,
        seed: [1, 0],
        profile: false,
        snapshots: null,
      },
    );
    return new InProcessRank(rank, options.description);
  }

  /** One batch of all the rows. */
  async run(mode: RunMode, data: LabelledData): Promise<void> {
    const feed = feedOf(await openDataset(data, this.rank.program));
    if (mode === 'train') trainStep(this.rank, feed, 0, 0);
    else if (mode === 'evaluate') evaluateStep(this.rank, feed, 0, 0);
    else predictStep(this.rank, feed, 0, 0, this.#predictions(feed.rows));
  }

  /** The outputs for all the rows, run as one batch. */
  predict(x: LabelledData['x']): Float32Array[] {
    const feed = feedOf(openInputs(x, this.rank.program));
    const made = this.#predictions(feed.rows);
    predictStep(this.rank, feed, 0, 0, made);
    return made;
  }

  #predictions(rows: number): Float32Array[] {
    return this.rank.program.outputs.map(({ shape }) => new Float32Array(shape.reduce((a, b) => a * b, rows)));
  }

  /** A copy of every weight, in the model's order. */
  weights(): { readonly name: string; readonly values: Float32Array }[] {
    const { parameters } = this.rank.arena;
    return this.#parameters.map(({ name, offset, size }) => ({
      name,
      values: parameters.slice(offset, offset + size),
    }));
  }
}

/** All rows of a dataset as one batch. */
function feedOf({ rows, inputs, targets, weights }: Dataset): Feed {
  const open = (column: Column): ColumnSource => ({ column, values: columnArray(column) });
  return {
    inputs: inputs.map(open),
    targets: targets.map(open),
    weights: weights.map(open),
    order: null,
    rows,
    batchSize: rows,
  };
}
