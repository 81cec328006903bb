import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { KernelMemory, Pass } from '../../../shared/kernels/pass.js';
import { exportedFunction, importModules } from '../../../shared/modules.js';
import type { MovingWeight, Network } from '../../../shared/program/network.js';
import type { Parameter } from '../../../shared/program/parameter.js';
import type { PlacedProgram, Port } from '../../../shared/program/program.js';
import { modelFromTopology } from '../../../shared/tfjs/buildModel.js';
import { discard } from '../../../shared/tfjs/discard.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { adaptLayers } from './adapt.js';

/** A weight of the model and its place in the flat parameter vector. */
export interface RankWeight {
  readonly parameter: Parameter;
  readonly variable: Variable;
}

/** A weight that a pass in training mode changes by itself. */
export interface RankMovingWeight extends RankWeight, MovingWeight {}

/** A loss or metric of a module: targets and predictions to one number a row, or a step of a sequence. */
export type UserFunction = (targets: Tensor, predictions: Tensor) => Tensor;

/** The model of one rank, over the weights and the row buffers in the arena. */
export class RankModel {
  readonly program: PlacedProgram;
  readonly memory: KernelMemory;
  readonly trained: readonly RankWeight[];
  readonly moving: readonly RankMovingWeight[];
  readonly functions: readonly UserFunction[];
  readonly #layersModel: LayersModel;
  readonly #weights: readonly RankWeight[];
  /** The shard being computed: what keys the draws of its layers. */
  readonly #shard: { current: Pass | null };

  /** `functions`: what the network's losses and metrics of modules are, in their order. */
  constructor(program: PlacedProgram, memory: KernelMemory, model: LayersModel, functions: readonly UserFunction[]) {
    this.functions = functions;
    this.program = program;
    this.memory = memory;
    this.#layersModel = model;
    const variables = new Map(model.weights.map((weight) => [weight.originalName, weight.read() as Variable]));
    const weightOf = (parameter: Parameter): RankWeight => ({
      parameter,
      variable: variables.get(parameter.name) as Variable,
    });
    this.trained = program.parameters.map(weightOf);
    this.#weights = [...this.trained, ...program.states.map(weightOf)];
    this.moving = (program.network as Network).moving.map((moving) => ({ ...moving, ...weightOf(moving.parameter) }));
    this.#shard = { current: null };
    adaptLayers(model, memory.seed, () => this.#shard.current);
  }

  /**
   * Lets every weight be the values that stand in the arena. Where they begin on a cache line, as in memory that
   * `alignedSharedMemory` gives, nothing is copied; elsewhere libtensorflow takes a copy, hence once a pass.
   */
  takeWeights(): void {
    tfc.tidy(() => {
      for (const weight of this.#weights) this.takeWeight(weight);
    });
  }

  takeWeight({ parameter, variable }: RankWeight): void {
    variable.assign(tfc.tensor(this.values(parameter), [...parameter.shape]));
  }

  /** A weight's values in the arena: a view. */
  values({ offset, size }: Parameter): Float32Array {
    const at = this.memory.parameters + offset;
    return this.memory.f32.subarray(at, at + size);
  }

  /** The outputs for the rows of a shard. In training mode layers draw and moving weights move. */
  compute(shard: Pass, training: boolean): Tensor[] {
    const inputs = this.program.inputs.map((port) => this.rows(port, shard));
    this.#shard.current = shard;
    const outputs = this.#layersModel.apply(inputs, { training });
    return (Array.isArray(outputs) ? outputs : [outputs]) as Tensor[];
  }

  /** The penalties of the layers' regularizers on the weights, or null where there are none. */
  penalty(): Tensor | null {
    const penalties = this.#layersModel.calculateLosses();
    return penalties.length === 0 ? null : tfc.addN(penalties);
  }

  /** The rows of a shard in a buffer, as a tensor over the arena. */
  rows(port: Pick<Port, 'buffer' | 'shape' | 'type'>, shard: Pass): Tensor {
    const { f32, i32 } = this.memory;
    const [from, to] = this.#places(port.buffer, shard);
    const values = port.type === 'int32' ? i32.subarray(from, to) : f32.subarray(from, to);
    return tfc.tensor(values, [shard.rows, ...port.shape], port.type);
  }

  /** Writes the outputs for the rows of a shard to their buffers. */
  storeOutputs(outputs: readonly Tensor[], shard: Pass): void {
    this.program.outputs.forEach(({ buffer }, i) => {
      this.memory.f32.set(outputs[i].dataSync(), this.#places(buffer, shard)[0]);
    });
  }

  /** The gradients of the loss by the outputs, for the rows of a shard. */
  outputGradients(shard: Pass): Tensor[] {
    const { gradients } = this.program.network as Network;
    return this.program.outputs.map(({ shape }, i) =>
      gradients[i] < 0
        ? tfc.zeros([shard.rows, ...shape])
        : this.rows({ buffer: gradients[i], shape, type: 'float32' }, shard),
    );
  }

  /** Adds a penalty to the loss of a shard, in float64: so much of it that the mean over the batch is the penalty. */
  addPenalty({ firstShard, rows }: Pass, penalty: number): void {
    const { f64 } = this.memory;
    const { first, weight } = this.program.measures[0];
    // Total i + 1 is sum i; total 0 is the rows. The penalties of several outputs have a sum that no kernel writes.
    const sum = this.sumsOf(firstShard) + first - 1;
    if (weight === 0) f64[sum] = penalty * rows;
    else f64[sum] += penalty * f64[this.sumsOf(firstShard) + weight - 1];
  }

  /** TensorFlow.js keeps the variables of a model until it is told, and with them the arena that they stand in. */
  dispose(): void {
    discard(this.#layersModel);
  }

  /** Place of the first sum of a shard. */
  sumsOf(shard: number): number {
    return this.memory.sums + shard * this.memory.sumCount;
  }

  #places(buffer: number, { firstRow, rows }: Pass): [number, number] {
    const { size } = this.program.buffers[buffer];
    const from = this.program.offsets[buffer] + firstRow * size;
    return [from, from + rows * size];
  }
}

export async function openRankModel(program: PlacedProgram, memory: KernelMemory): Promise<RankModel> {
  const { topology, modules } = program.network as Network;
  const exports = await importModules(modules);
  const functions = program.network?.functions.map(({ name }) => exportedFunction(name, exports, modules)) ?? [];
  return new RankModel(program, memory, await modelFromTopology(topology), functions as UserFunction[]);
}

/** The pass over a rank's shard number `own` alone, which publishes nothing. */
export function shardPass(pass: Pass, own: number): Pass {
  const [firstRow, end] = [pass.shardRows[own], pass.shardRows[own + 1]];
  const { batchRows, batchShards, step } = pass;
  const firstShard = pass.firstShard + own;
  const rows = end - firstRow;
  return { firstRow, rows, batchRows, batchShards, firstShard, shardRows: [firstRow, end], published: [], step };
}
