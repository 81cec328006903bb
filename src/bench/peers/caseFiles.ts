import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trainer } from '../../coordinator/trainer.js';
import type { BenchData } from '../data.js';
import { workloadAdam } from '../lockstepRunner.js';
import type { Workload } from '../workloads.js';

interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Writes what a peer needs to train exactly what the trainer will: model, data and initial weights. */
export async function writeCase(folder: string, workload: Workload, data: BenchData, trainer: Trainer): Promise<void> {
  const tensors: NamedTensor[] = [{ name: 'x', ...data.x }, { name: 'y', ...data.y }, ...trainer.weights()];
  const { learningRate, beta1, beta2, epsilon } = workloadAdam(workload);
  const { layers, loss, batchSize, batches } = workload;
  const described = {
    layers,
    loss,
    batch_size: batchSize,
    batches,
    learning_rate: learningRate,
    beta1,
    beta2,
    epsilon,
    tensors: describeTensors(tensors),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'case.json'), JSON.stringify(described));
  await writeFile(join(folder, 'case.bin'), Buffer.concat(tensors.map(({ values }) => bytesOf(values))));
}

function describeTensors(tensors: readonly NamedTensor[]): object[] {
  let byteOffset = 0;
  return tensors.map(({ name, shape, values }) => {
    const described = { name, shape, type: values instanceof Int32Array ? 'int32' : 'float32', byteOffset };
    byteOffset += values.byteLength;
    return described;
  });
}

function bytesOf(values: Float32Array | Int32Array): Buffer {
  return Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}
