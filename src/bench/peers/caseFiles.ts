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

/** The parts of a workload that a peer is told. */
export type CaseWorkload = Pick<Workload, 'layers' | 'loss' | 'batchSize' | 'batches' | 'learningRate'>;

/**
 * Writes what a peer needs to train exactly what the trainer will: model, data and initial weights; and the rows on
 * which it is validated, where it is.
 */
export async function writeCase(
  folder: string,
  workload: CaseWorkload,
  data: BenchData,
  trainer: Trainer,
  validation?: BenchData,
): Promise<void> {
  const tensors: NamedTensor[] = [...dataTensors(data), ...trainer.weights()];
  const validated = validation === undefined ? [] : dataTensors(validation);
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
    ...describeTensors({ tensors, validation: validated }),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'case.json'), JSON.stringify(described));
  await writeFile(
    join(folder, 'case.bin'),
    Buffer.concat([...tensors, ...validated].map(({ values }) => bytesOf(values))),
  );
}

function dataTensors({ x, y }: BenchData): NamedTensor[] {
  return [
    { name: 'x', ...x },
    { name: 'y', ...y },
  ];
}

/** Where in the file the tensors of each list stand, one list after the other. */
function describeTensors(lists: Record<string, readonly NamedTensor[]>): Record<string, object[]> {
  let byteOffset = 0;
  const describe = ({ name, shape, values }: NamedTensor): object => {
    const described = { name, shape, type: values instanceof Int32Array ? 'int32' : 'float32', byteOffset };
    byteOffset += values.byteLength;
    return described;
  };
  return Object.fromEntries(Object.entries(lists).map(([list, tensors]) => [list, tensors.map(describe)]));
}

function bytesOf(values: Float32Array | Int32Array): Buffer {
  return Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}
