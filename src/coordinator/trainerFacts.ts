import { userError } from '../shared/errors.js';
import type { Port } from '../shared/program/program.js';
import type { EngineName } from '../shared/protocol/messages.js';
import { type Description, describePlan } from './describe.js';
import { batchesSchema } from './options/fitFields.js';
import { readOptions } from './options/readOptions.js';
import type { BatchesOptions, Weight } from './options/trainerOptions.js';
import type { TrainerCore } from './trainerCore.js';

/** What a trainer tells of itself. After `close`, what lies in the ranks' memory is gone: `weights` and `fingerprint` throw `CLOSED`. */
export abstract class TrainerFacts {
  protected readonly core: TrainerCore;

  protected constructor(core: TrainerCore) {
    this.core = core;
  }

  /** Ranks that train, at least 1. */
  get workers(): number {
    return this.core.runtime.division.workers;
  }

  /** Shards of a batch: the order in which sums over its rows are formed. */
  get shards(): number {
    return this.core.resolved.shards;
  }

  get engine(): EngineName {
    return this.core.model.engine.name;
  }

  /** Why that engine was taken. */
  get engineReason(): string {
    return this.core.model.engine.reason;
  }

  /** Why there are as many workers as there are. */
  get workersReason(): string {
    return this.core.workers.reason;
  }

  get seed(): number {
    return this.core.resolved.seed;
  }

  /** Updates applied so far. */
  get step(): number {
    return this.core.state.step;
  }

  /** The base learning rate, before `decay` and a schedule. */
  get learningRate(): number {
    return this.core.runtime.learningRate;
  }

  /** Shape of one row of input, without the rows; throws `SEVERAL_TENSORS` for a model of several inputs. */
  get inputShape(): readonly number[] {
    return onlyPort('input', this.core.program.inputs).shape;
  }

  /** Shape of one row of output, without the rows; throws `SEVERAL_TENSORS` for a model of several outputs. */
  get outputShape(): readonly number[] {
    return onlyPort('output', this.core.program.outputs).shape;
  }

  /** A copy of every weight, float32, each with its name and shape, in the model's order. */
  weights(): Weight[] {
    return this.core.vectors.weights();
  }

  /** sha256 over all weights and optimizer vectors, in hex: equal exactly when the bits are. */
  fingerprint(): string {
    return this.core.vectors.fingerprint();
  }

  /** Layers, parameters, memory in bytes and plan, for a batch of `batchSize` rows (default 32). */
  describe(options?: BatchesOptions): Description {
    const { batchSize } = readOptions('describe', batchesSchema, options);
    const { optimizer, shards } = this.core.resolved;
    return describePlan(this.core.model, {
      optimizer,
      shards,
      workers: this.workers,
      workersReason: this.workersReason,
      batchSize,
    });
  }

  /** Milliseconds each rank has spent in each phase; all zero unless created with `profile`. */
  phaseTimes(): Record<string, number>[] {
    return this.core.runtime.clocks;
  }
}

/** The input or output of a model that has one; throws `SEVERAL_TENSORS` for a model of several. */
function onlyPort(kind: string, ports: readonly Port[]): Port {
  if (ports.length === 1) return ports[0];
  const names = ports.map(({ name }) => name).join(', ');
  throw userError(
    'SEVERAL_TENSORS',
    `The model has ${ports.length} ${kind}s (${names}), but a table gives one; name a module of rows in data.source, or use the library: there x and y are records by name.`,
  );
}
