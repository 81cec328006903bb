import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { userError } from '../../../shared/errors.js';
import type { Pass } from '../../../shared/kernels/pass.js';
import { treeSum } from '../../../shared/partition/tree.js';
import type { ModuleFunction, Network } from '../../../shared/program/network.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import type { RankModel } from './rankModel.js';

/**
 * Losses and metrics that a module exports. TensorFlow.js computes their values for the rows of a shard; they are summed in
 * float64, as kernels sum, so that with S fixed the number of ranks changes no bit.
 */

/** Puts what each function makes of the shard's outputs into its sum; they stand in the arena. */
export function recordFunctions(model: RankModel, shard: Pass, weighted: boolean): void {
  const outputs = model.program.outputs.map((port) => model.rows(port, shard));
  functionsOf(model).forEach((one, i) => {
    const values = valuesOf(model, i, shard, outputs[one.output]).dataSync();
    const weights = one.weights !== null && weighted ? weightsOf(model, one, shard).dataSync() : null;
    const groups = values.length / shard.rows;
    let sum = 0;
    for (let e = 0; e < values.length; e++) sum += weights === null ? values[e] : values[e] * weights[e];
    // A row has the mean of its steps, as the weights of a row have.
    model.memory.f64[model.sumsOf(shard.firstShard) + one.sum] = sum / groups;
  });
}

/** The shard's part of the losses that are functions, each over what its reduction divides by in the whole batch, on the tape. */
export function functionLosses(
  model: RankModel,
  shard: Pass,
  outputs: readonly Tensor[],
  weighted: boolean,
): readonly Scalar[] {
  return functionsOf(model).flatMap((one, i) => {
    if (one.lossWeight === undefined) return [];
    const values = valuesOf(model, i, shard, outputs[one.output]);
    const counted = weighted ? tfc.mul(values, weightsOf(model, one, shard)) : values;
    const total = weighted ? batchWeights(model, one, shard) : shard.batchRows;
    const groups = values.size / shard.rows;
    return [tfc.mul(tfc.sum(counted), total === 0 ? 0 : one.lossWeight / (groups * total)) as Scalar];
  });
}

function functionsOf(model: RankModel): Network['functions'] {
  return (model.program.network as Network).functions;
}

/** A value for each group of the output: rows · groups of them in one row. */
function valuesOf(model: RankModel, index: number, shard: Pass, predictions: Tensor): Tensor {
  const { name, output } = functionsOf(model)[index];
  const { targets, weights } = model.program;
  const values = model.functions[index](model.rows(targets[output], shard), predictions);
  const size = model.program.buffers[weights[output].buffer].size * shard.rows;
  if (values?.size === size) return tfc.reshape(values, [size]);
  const received = Array.isArray(values?.shape) ? `shape [${values.shape.join(', ')}]` : String(values);
  throw userError(
    'INVALID_FUNCTION',
    `${name} returned ${received} for ${shard.rows} rows; return a tensor of ${size} values, one for each row, or for each step of a sequence.`,
  );
}

function weightsOf(model: RankModel, { output }: ModuleFunction, shard: Pass): Tensor {
  return tfc.reshape(model.rows(model.program.weights[output], shard), [-1]);
}

/** What a weighted loss is divided by in the whole batch, in rows: all ranks have left their shards' sums of it. */
function batchWeights(model: RankModel, { weights }: ModuleFunction, { batchShards }: Pass): number {
  const { f64 } = model.memory;
  return treeSum({ first: 0, count: batchShards }, (shard) => f64[model.sumsOf(shard) + Number(weights)]);
}
